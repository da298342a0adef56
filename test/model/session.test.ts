import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { exposeModel } from '../../src/model/expose.js';
import { openModel } from '../../src/model/open-model.js';
import { openSession } from '../../src/model/session.js';
import { GraphBuilder } from '../support/graph-builder.js';
import { describeWithShared, shared } from '../support/shared.js';
import { allSites } from '../../src/model/choose-sites.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CHOICE = allSites();
const D = 8;
const MLP = 12;

/** An FFN whose stream goes through time first, as [sequence, batch, d] or [sequence · batch, d]. */
function timeFirst(flat: boolean): string {
  const g = new GraphBuilder();
  const turned = g.op('Transpose', ['input_ids']);
  const x = g.op('Gather', [g.weight(20, D), turned]);
  const stream = flat ? g.op('Reshape', [x, g.ints(-1, D)]) : x;
  const h = g.op('Relu', [g.linear(stream, D, MLP)]);
  const file = path.join(folder, `time-first-${flat}.onnx`);
  writeFileSync(file, g.bytes(g.add(stream, g.linear(h, MLP, D))));
  return file;
}

test('neurons of 1×1 convolutions in groups (SqueezeBERT) come last, as those of all others', async () => {
  const g = new GraphBuilder();
  const channels = g.op('Transpose', [g.embed(20, D)], { perm: [0, 2, 1] });
  const up = g.op('Conv', [channels, g.weight(MLP, D / 2, 1)], { group: 2 });
  const h = g.op('Relu', [up]);
  const file = path.join(folder, 'conv.onnx');
  writeFileSync(file, g.bytes(g.add(channels, g.op('Conv', [h, g.weight(D, MLP / 2, 1)], { group: 2 }))));
  const { exposure } = exposeModel(openModel(file), allSites());
  expect(exposure.outputs.map(({ site }) => [site.dModel, site.dMlp])).toEqual([[D, MLP]]);
  const session = await openSession(exposure, { threads: 1, device: 'cpu', path: file });
  const ids = [3, 7, 11, 2];
  const into = new Float32Array(ids.length * MLP);
  const sequences = [{ ids: Int32Array.from(ids), attentionMask: null, source: null }];
  await session.run({ sequences, length: ids.length }, [into]);
  await session.close();
  // ORT's own output of the activation, channels first.
  const model = await InferenceSession.create(g.bytes(h));
  const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const theirs = (await model.run({ input_ids: input }))[h]!;
  await model.release();
  expect(theirs.dims).toEqual([1, MLP, ids.length]);
  const data = theirs.data as Float32Array;
  expect([...into]).toEqual(Array.from(into, (_, i) => data[(i % MLP) * ids.length + Math.floor(i / MLP)]!));
});

test.each([true, false])(
  'a graph that goes through time first is refused, flat or not (%s)',
  async (flat) => {
    const file = timeFirst(flat);
    const { exposure } = exposeModel(openModel(file), CHOICE);
    await expect(openSession(exposure, { threads: 1, device: 'cpu', path: file })).rejects.toThrow(
      /windows, then tokens/,
    );
  },
);

describeWithShared('batches', ['graphs/manifest.jsonl'], () => {
  test.each([
    ['gpt2-legacy-17.onnx', 'any'],
    ['gpt2-f16-weights.onnx', 'any'],
    ['gpt2-fp16.onnx', 'single'],
    ['llama-fp16.onnx', 'single'],
    ['bert-tfopt-fp16.onnx', 'single'],
    ['gpt2-qdq.onnx', 'single'],
    ['bert-qoperator.onnx', 'single'],
    ['gpt2-int8-dynamic.onnx', 'single'],
    ['llama-q4.onnx', 'single'],
    ['gpt2-ids-only.onnx', 'equal-length'],
    ['llama-genai-fp32.onnx', 'any'],
  ])('of %s are made by the rule "%s"', (file, rule) => {
    expect(exposeModel(openModel(shared('graphs', file)), CHOICE).exposure.batchRule).toBe(rule);
  });
});
