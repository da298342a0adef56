import { openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { exposeModel } from '../../src/model/expose.js';
import { readModel } from '../../src/onnx/read-model.js';
import { openTokenizer, type TokenizerHandle } from '../../src/tokens/tokenizer.js';
import { rowsOf, type Row } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { allSites } from '../../src/model/choose-sites.js';

const CONTEXT = 64;
const MODEL = fixture('llama-shakespeare');
const CORPUS = fixture('speeches.jsonl');

describe('an example', () => {
  const output = path.join(temporaryDirectory(), 'profile');
  let examples: Row[];
  let tokenizer: TokenizerHandle;

  beforeAll(async () => {
    const settings = [
      '--context',
      `${CONTEXT}`,
      '--limit',
      '150',
      '-k',
      '4',
      '--bottom',
      '--block-size',
      '8KiB',
    ];
    succeed(['topk', MODEL, CORPUS, '-o', output, '--quiet', ...settings]);
    examples = rowsOf(output, 'examples.arrow');
    tokenizer = await openTokenizer(MODEL);
  });

  test('is there four times a side for each neuron', () => {
    expect(examples).toHaveLength(5 * 260 * 2 * 4);
  });

  test('has its value in its context', () => {
    for (const row of examples) {
      const at = Number(row['position']) - Number(row['context_start']);
      expect((row['context_activations'] as number[])[at]).toBe(row['value']);
      expect((row['context_ids'] as number[])[at]).toBe(row['token_id']);
      expect((row['context_tokens'] as string[])[at]).toBe(row['token']);
    }
  });

  test('is found where it says: seeking to byte_offset gives the record, line and document number', () => {
    const descriptor = openSync(CORPUS, 'r');
    const lines = readFileSync(CORPUS, 'utf8').split('\n');
    for (const row of examples) {
      const buffer = Buffer.alloc(64 * 1024);
      const length = readSync(descriptor, buffer, 0, buffer.length, Number(row['byte_offset']));
      const line = buffer.subarray(0, length).toString('utf8').split('\n')[0]!;
      expect(line).toBe(lines[Number(row['line']) - 1]);
      expect((JSON.parse(line) as { id: string }).id).toBe(row['id']);
      expect(row['document']).toBe(Number(row['line']) - 1); // no blank lines here, one file
      expect(row['file']).toBe(CORPUS);
    }
  });

  test('has the code points of its token', () => {
    const lines = readFileSync(CORPUS, 'utf8').split('\n');
    let shown = 0;
    for (const row of examples) {
      const { text } = JSON.parse(lines[Number(row['line']) - 1]!) as { text: string };
      const points = [...text].slice(Number(row['char_start']), Number(row['char_end'])).join('');
      const token = String(row['token']);
      if (/^<0x/.test(token)) continue; // a byte of a character
      // The blank before a text is the tokenizer's own.
      const written = token.replaceAll('▁', ' ');
      expect([written, written.replace(/^ /, '')]).toContain(points);
      if (points === written) shown++;
    }
    expect(shown).toBeGreaterThan(examples.length / 2);
  });

  test('has the context that a run of its window alone gives, bit for bit', async () => {
    const exposed = exposeModel(readModel(path.join(MODEL, 'model.onnx')), allSites()).exposure;
    const session = await InferenceSession.create(exposed.modelBytes, {
      intraOpNumThreads: 1,
      extra: { session: { model_external_initializers_file_folder_path: exposed.externalFolder } },
    });
    const windows = new Map<string, Row[]>();
    for (const row of examples) {
      const key = `${Number(row['line'])} ${Number(row['window'])}`;
      windows.set(key, [...(windows.get(key) ?? []), row]);
    }
    const lines = readFileSync(CORPUS, 'utf8').split('\n');
    let compared = 0;
    for (const [key, rows] of windows) {
      const [line, window] = key.split(' ').map(Number) as [number, number];
      const { text } = JSON.parse(lines[line - 1]!) as { text: string };
      const [start] = tokenizer.prefix;
      const run = tokenizer.encode(text).slice(window * (CONTEXT - 1), (window + 1) * (CONTEXT - 1));
      const ids = [start!, ...run];
      const shape = [1, ids.length];
      const feeds = {
        input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
        attention_mask: new Tensor(
          'int64',
          BigInt64Array.from(ids, () => 1n),
          shape,
        ),
      };
      const results = await session.run(
        feeds,
        exposed.outputs.map(({ output }) => output),
      );
      for (const row of rows) {
        const output = exposed.outputs[Number(row['layer'])]!.output;
        const values = results[output]!.data as Float32Array;
        const first = Number(row['context_start']);
        const context = row['context_activations'] as number[];
        expect(row['context_ids']).toEqual(ids.slice(first, first + context.length));
        expect(context).toEqual(
          context.map((_, i) => values[(first + i) * 260 + Number(row['neuron'])]! + 0),
        );
        compared++;
      }
    }
    await session.release();
    expect(compared).toBe(examples.length);
  });
});
