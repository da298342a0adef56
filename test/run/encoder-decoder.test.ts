import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { buildModel } from '../../src/model/build-model.js';
import { searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';

/** What the encoder is fed and what the decoder is fed, of records of several lengths. */
const RECORDS = [
  { input_ids: [5, 9, 12, 7], decoder_input_ids: [2, 8, 30] },
  { input_ids: [44, 3], decoder_input_ids: [2, 11, 6, 21, 40, 13, 9] },
  { input_ids: [17, 17, 60, 1, 25, 8], decoder_input_ids: [2] },
];
const CONTEXT = 5;

const ids = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
const ones = (values: number[]) => ids(values.map(() => 1));

describeWithShared('an encoder–decoder model', ['graphs/manifest.jsonl'], () => {
  const folder = temporaryDirectory();
  const corpus = path.join(folder, 'pairs.jsonl');
  writeFileSync(corpus, RECORDS.map((record) => `${JSON.stringify(record)}\n`).join(''));

  function run(model: string, name: string, ...options: string[]) {
    const output = path.join(folder, name);
    const args = ['profile', shared('graphs', model), corpus, '-o', output, '--context', `${CONTEXT}`];
    const { stderr } = succeed([...args, ...options]);
    return { stderr, rows: rowsOf(output, 'neurons.arrow') };
  }

  test('has no text to skip to in what its decoder is fed', () => {
    const args = ['stats', shared('graphs', 't5-legacy-14.onnx'), corpus, '--layers', 'dec.0-2'];
    const { code, stderr } = neuroprobe([...args, '--skip-until', ':', '-o', path.join(folder, 'no')]);
    expect(code).toBe(2);
    expect(stderr).toContain('a decoder is fed ids of its own (decoder_input_ids), and no text');
    expect(stderr).toContain('in --skip-until');
  });

  test.each(['t5-legacy-14.onnx', 'bart-legacy-14.onnx'])(
    '%s profiles its encoder, and says how to get at the decoder',
    (model) => {
      const { stderr, rows } = run(model, `${model}-encoder`);
      expect(stderr).toMatch(/the encoder is profiled; its decoder is a run of its own: --layers dec\.0-\d/);
      expect([...new Set(rows.map((row) => row['group']))]).toEqual(['encoder']);
      expect(rows[0]!['count']).toBe(12);
    },
  );

  test.each([
    ['t5-legacy-14.onnx', 'decoder', null],
    ['bart-legacy-14.onnx', 'decoder', null],
    ['t5-optimum/decoder_model.onnx', '', 't5-optimum/encoder_model.onnx'],
    ['bart-optimum/decoder_model.onnx', '', 'bart-optimum/encoder_model.onnx'],
  ])(
    'the decoder of %s has the extremes of a plain loop, fed decoder_input_ids',
    async (model, group, encoder) => {
      const options = group === '' ? [] : ['--layers', model.startsWith('t5') ? 'dec.0-2' : 'dec.0-1'];
      const { rows } = run(model, model.replace('/', '-'), ...options);
      const view = viewGraph(openModel(shared('graphs', model)));
      const sites = searchSites(view, 'post').filter((site) => site.group === group);
      const built = buildModel(view, sites);
      const load = (bytes: Uint8Array) =>
        InferenceSession.create(bytes, {
          intraOpNumThreads: 1,
          extra: { session: { model_external_initializers_file_folder_path: built.externalFolder } },
        });
      const session = await load(built.modelBytes);
      const before =
        encoder === null
          ? null
          : await InferenceSession.create(shared('graphs', encoder), { intraOpNumThreads: 1 });
      const values: number[][] = rows.map(() => []);
      for (const { input_ids, decoder_input_ids } of RECORDS) {
        const source = input_ids.slice(0, CONTEXT);
        const hidden = await before?.run({ input_ids: ids(source), attention_mask: ones(source) });
        for (let start = 0; start < decoder_input_ids.length; start += CONTEXT) {
          const target = decoder_input_ids.slice(start, start + CONTEXT);
          const all: Record<string, Tensor> =
            hidden === undefined
              ? { input_ids: ids(source), attention_mask: ones(source), decoder_input_ids: ids(target) }
              : {
                  input_ids: ids(target),
                  encoder_attention_mask: ones(source),
                  encoder_hidden_states: hidden['last_hidden_state'] as Tensor,
                };
          const feeds = Object.fromEntries(built.pruned.inputs.map(({ name }) => [name, all[name]!]));
          const results = await session.run(feeds, built.outputs);
          let neuron = 0;
          sites.forEach(({ dMlp }, i) => {
            const data = results[built.outputs[i]!]!.data as Float32Array;
            for (let j = 0; j < dMlp; j++) {
              for (let t = 0; t < target.length; t++) values[neuron]!.push(data[t * dMlp + j]!);
              neuron++;
            }
          });
        }
      }
      await session.release();
      expect(rows.map((row) => row['count'])).toEqual(values.map(() => 11));
      expect(rows.map((row) => row['max'])).toEqual(values.map((own) => Math.max(...own) + 0));
      expect(rows.map((row) => row['min'])).toEqual(values.map((own) => Math.min(...own) + 0));
    },
  );

  test('a record without decoder_input_ids is refused, and a decoder without its encoder', () => {
    const plain = path.join(folder, 'plain.jsonl');
    writeFileSync(plain, '{"input_ids": [1, 2]}\n');
    const args = ['stats', shared('graphs', 't5-legacy-14.onnx'), plain, '-o', path.join(folder, 'none')];
    const { code, stderr } = neuroprobe([...args, '--layers', 'dec.0']);
    expect(code).toBe(65);
    expect(stderr).toContain('this record has no decoder_input_ids');
  });
});
