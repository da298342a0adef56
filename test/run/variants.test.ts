import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { exposeModel } from '../../src/model/expose.js';
import { readModel } from '../../src/onnx/read-model.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { numbers, rowsOf, type Row } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';
import { allSites } from '../../src/model/choose-sites.js';

const TABLES = ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow'];

describeWithShared('the models people have', ['models', 'corpora'], () => {
  const folder = temporaryDirectory();
  const corpus = shared('corpora', 'tinyshakespeare.jsonl');

  function profile(name: string, model: string, ...options: string[]): string {
    const output = path.join(folder, name);
    succeed(['profile', shared('models', model), corpus, '-o', output, '--quiet', '--no-html', ...options]);
    return output;
  }

  function figures(output: string): Row[] {
    return rowsOf(output, 'neurons.arrow');
  }

  test('a GPT-2 with cache inputs has the figures of the same weights without', () => {
    const settings = ['--limit', '300', '--context', '128'];
    const plain = figures(profile('plain', 'gpt2-shakespeare', ...settings));
    const cached = figures(profile('cached', 'gpt2-shakespeare-kv', ...settings));
    expect(cached).toHaveLength(plain.length);
    let worst = 0;
    for (const column of ['mean', 'std', 'min', 'max', 'median', 'q01', 'q99']) {
      const theirs = numbers(plain, column);
      numbers(cached, column).forEach((value, i) => {
        const error = Math.abs(value - theirs[i]!);
        worst = error > worst || Number.isNaN(error) ? error : worst;
      });
    }
    console.log(`gpt2 with cache inputs: figures differ by at most ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(1e-5);
  });

  test('fp16 has means within a hundredth of a standard deviation of fp32', () => {
    const settings = ['--limit', '300'];
    const full = figures(profile('fp32', 'llama-shakespeare', ...settings));
    const half = figures(profile('fp16', 'llama-shakespeare/model_fp16.onnx', ...settings));
    const std = numbers(full, 'std');
    const means = numbers(full, 'mean');
    const errors = numbers(half, 'mean').map((mean, i) => Math.abs(mean - means[i]!) / std[i]!);
    const worst = errors.reduce((a, b) => Math.max(a, b), 0);
    console.log(`fp16: means differ by at most ${worst.toFixed(4)} standard deviations`);
    expect(errors).toHaveLength(1300);
    expect(worst).toBeLessThan(1e-2);
  });

  test.each([
    ['fp16', 'llama-shakespeare/model_fp16.onnx'],
    ['dynamic int8', 'llama-shakespeare/model_int8.onnx'],
    ['4-bit', 'llama-shakespeare/model_q4.onnx'],
  ])('%s has the same tables whatever the batch budget', (name, model) => {
    const [small, large] = ['64', '4096'].map((tokens) =>
      profile(`${name}-${tokens}`, model, '--limit', '60', '--batch-tokens', tokens),
    );
    for (const table of TABLES) {
      const same = readFileSync(path.join(small!, table)).equals(readFileSync(path.join(large!, table)));
      expect(same, table).toBe(true);
    }
    expect(figures(small!)).toHaveLength(1300);
  });

  test('fp32 has the same examples whatever the batch budget', () => {
    const [small, large] = ['64', '4096'].map((tokens) =>
      profile(`fp32-${tokens}`, 'llama-shakespeare', '--limit', '60', '--batch-tokens', tokens),
    );
    for (const table of ['examples.arrow', 'histograms.arrow']) {
      const same = readFileSync(path.join(small!, table)).equals(readFileSync(path.join(large!, table)));
      expect(same, table).toBe(true);
    }
  });
});

describeWithShared('a BERT', ['models', 'corpora'], () => {
  const model = shared('models', 'bert-tiny-random');
  const corpus = shared('corpora', 'tinyshakespeare.jsonl');
  const output = path.join(temporaryDirectory(), 'bert');
  const limit = 80;
  let rows: Row[];

  beforeAll(() => {
    succeed([
      'profile',
      model,
      corpus,
      '-o',
      output,
      '--limit',
      `${limit}`,
      '--quiet',
      '--no-html',
      '--context',
      '64',
    ]);
    rows = rowsOf(output, 'neurons.arrow');
  });

  test('has the figures of a plain loop, a window at a time', async () => {
    const { exposure } = exposeModel(readModel(path.join(model, 'model.onnx')), allSites());
    const session = await InferenceSession.create(exposure.modelBytes, {
      intraOpNumThreads: 1,
      extra: { session: { model_external_initializers_file_folder_path: exposure.externalFolder } },
    });
    const tokenizer = await openTokenizer(model);
    expect([...tokenizer.prefix].map((id) => tokenizer.tokenOf(id))).toEqual(['[CLS]']);
    expect([...tokenizer.suffix].map((id) => tokenizer.tokenOf(id))).toEqual(['[SEP]']);
    const values: number[][] = rows.map(() => []);
    const lines = readFileSync(corpus, 'utf8').split('\n').slice(0, limit);
    for (const line of lines) {
      const all = tokenizer.encode((JSON.parse(line) as { text: string }).text);
      for (let start = 0; start < all.length; start += 62) {
        const ids = [...tokenizer.prefix, ...all.slice(start, start + 62), ...tokenizer.suffix];
        const tensor = (of: (id: number) => bigint) =>
          new Tensor('int64', BigInt64Array.from(ids, of), [1, ids.length]);
        const feeds = {
          input_ids: tensor(BigInt),
          attention_mask: tensor(() => 1n),
          token_type_ids: tensor(() => 0n),
        };
        const results = await session.run(
          feeds,
          exposure.outputs.map(({ output }) => output),
        );
        exposure.outputs.forEach(({ output: name, site }) => {
          const data = results[name]!.data as Float32Array;
          for (let position = 1; position < ids.length - 1; position++) {
            for (let j = 0; j < site.dMlp; j++)
              values[site.layer * site.dMlp + j]!.push(data[position * site.dMlp + j]!);
          }
        });
      }
    }
    await session.release();
    rows.forEach((row, i) => {
      const own = values[i]!;
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length;
      expect(row['count']).toBe(own.length);
      expect(row['max']).toBe(own.reduce((a, b) => Math.max(a, b)));
      expect(row['min']).toBe(own.reduce((a, b) => Math.min(a, b)));
      expect(row['mean']).toBeCloseTo(mean, 12);
      expect(Math.abs(Number(row['variance']) / variance - 1)).toBeLessThan(1e-9);
      expect(row['positive_count']).toBe(own.filter((x) => x > 0).length);
    });
  });
});
