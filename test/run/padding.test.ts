import { describe, expect, test } from 'vitest';
import { readBlocks } from '../../src/corpus/read-blocks.js';
import { planBatches } from '../../src/run/batches.js';
import { batchesOf } from '../../src/run/block-batches.js';
import { DEFAULTS, withDefaults } from '../../src/run/defaults.js';
import { planRun } from '../../src/run/plan.js';
import { describeWithShared, shared } from '../support/shared.js';

const CONTEXT = 256;
const ANY = { rule: 'any', fixedBatch: null, fixedSequence: null } as const;
const { batchTokens, blockSize } = DEFAULTS;

/** Share of the tokens that go through the model which are padding. */
function paddingOf(lengths: number[]): number {
  const batches = planBatches(lengths, { ...ANY, batchTokens });
  const fed = batches.reduce((sum, { windows, length }) => sum + windows.length * length, 0);
  return 1 - lengths.reduce((sum, length) => sum + length, 0) / fed;
}

/** Normal numbers from a seed (Box & Muller 1958, over a linear congruential generator). */
function* normals(seed: number): Generator<number> {
  let state = seed;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  for (;;) yield Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('padding', () => {
  test('is below 4 % of the tokens where lengths are lognormal', () => {
    const normal = normals(11);
    // Blocks of 32 KiB hold some 8,000 tokens of text.
    const shares = Array.from({ length: 200 }, () => {
      const lengths: number[] = [];
      for (let tokens = 0; tokens < blockSize / 4;) {
        let length = Math.max(1, Math.round(Math.exp(4.5 + 0.8 * normal.next().value)));
        tokens += length;
        for (; length > CONTEXT; length -= CONTEXT) lengths.push(CONTEXT);
        lengths.push(length);
      }
      return paddingOf(lengths);
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    console.log(`padding with lognormal lengths: ${(100 * mean).toFixed(2)} %`);
    expect(mean).toBeLessThan(0.04);
  });
});

describeWithShared('padding', ['models/gpt2-shakespeare', 'corpora/tinyshakespeare.jsonl'], () => {
  test('is below 6 % of the tokens of Tiny Shakespeare', async () => {
    const corpus = [shared('corpora/tinyshakespeare.jsonl')];
    const plan = await planRun(withDefaults({ model: shared('models/gpt2-shakespeare'), corpus }));
    const { fields, countSpecial, skipFirst, maxLineBytes, onBadRecord } = plan.request;
    const skips = { skipFirst, skipUntil: null };
    const setup = { ...plan, files: corpus, fields, countSpecial, ...skips, batchTokens, onBadRecord };
    let tokens = 0;
    let fed = 0;
    const options = { blockSize, maxLineBytes, limit: null, onRead: () => {} };
    for await (const block of readBlocks(plan.corpus, options)) {
      for (const { sequences, length } of batchesOf(block, setup, plan.tokens).batches) {
        tokens += sequences.reduce((sum, { ids }) => sum + ids.length, 0);
        fed += sequences.length * length;
      }
    }
    console.log(`padding of Tiny Shakespeare: ${(100 * (1 - tokens / fed)).toFixed(2)} %`);
    expect(1 - tokens / fed).toBeLessThan(0.06);
  });
});
