import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { allSites } from '../../src/model/choose-sites.js';
import { exposeModel } from '../../src/model/expose.js';
import { openModel } from '../../src/model/open-model.js';
import { openSession } from '../../src/model/session.js';
import { fixture } from '../support/fixtures.js';

const file = path.join(fixture('llama-shakespeare'), 'model.onnx');
const LENGTH = 64;
const RUNS = 5;
const ids = Int32Array.from({ length: LENGTH }, (_, i) => (i * 7919) % 1000);

test('a run writes into our arrays what ORT gives alone, and makes no other', async () => {
  const { exposure } = exposeModel(openModel(file), allSites());
  expect(exposure.noCopy).not.toBeNull();
  const session = await openSession(exposure, { threads: 1, device: 'cpu', path: file });
  const into = exposure.outputs.map(({ site }) => new Float32Array(LENGTH * site.dMlp));
  const batch = { sequences: [{ ids, attentionMask: null, source: null }], length: LENGTH };
  await session.run(batch, into);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < RUNS; i++) await session.run(batch, into);
  const made = process.memoryUsage().arrayBuffers - before;
  await session.close();
  // The feeds are small; a copy of the outputs would be 333 KB a run.
  expect(made).toBeLessThan(into.reduce((sum, { byteLength }) => sum + byteLength, 0));

  const plain = await InferenceSession.create(exposure.modelBytes, {
    intraOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: exposure.externalFolder } },
  });
  const tensor = (of: (id: number) => bigint) =>
    new Tensor('int64', BigInt64Array.from(ids, of), [1, LENGTH]);
  const names = exposure.outputs.map(({ output }) => output);
  const results = await plain.run({ input_ids: tensor(BigInt), attention_mask: tensor(() => 1n) }, names);
  await plain.release();
  names.forEach((name, i) => expect(results[name]!.data).toEqual(into[i]));
});
