import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Accumulator, Batch } from '../../src/accumulate/accumulator.js';
import { accumulatorsOf, layerAccumulator } from '../../src/accumulate/layer-state.js';
import { corpus, sampled } from './batches.js';
import { canonical, digests } from './canonical.js';
import { DEFAULT } from './settings.js';

/** Each accumulator of a layer under each setting that changes how it works. */
const ACCUMULATORS: [string, Accumulator<never>][] = [
  ...Object.entries(accumulatorsOf(DEFAULT)),
  ...Object.entries({
    'top, distinct text': accumulatorsOf({ ...DEFAULT, distinct: 'text' }).top,
    'bottom, distinct text': accumulatorsOf({ ...DEFAULT, distinct: 'text' }).bottom,
    'top, distinct none': accumulatorsOf({ ...DEFAULT, distinct: 'none' }).top,
    'bottom, one a window': accumulatorsOf({ ...DEFAULT, distinct: 'none', per: 'window' }).bottom,
    'counts above 0.5': accumulatorsOf({ ...DEFAULT, activeAbove: 0.5 }).counts,
    'counts above −0.5': accumulatorsOf({ ...DEFAULT, activeAbove: -0.5 }).counts,
    'sketch of two octaves': accumulatorsOf({ ...DEFAULT, sketchRange: { low: -1, high: 1 } }).sketch,
    'all of a layer': layerAccumulator(DEFAULT),
  }),
] as [string, Accumulator<never>][];

interface Monoid {
  empty(neurons: number): unknown;
  add(into: unknown, batch: Batch): void;
  merge(into: unknown, from: unknown): void;
}

describe.each(ACCUMULATORS)('the accumulator %s', (_, typed) => {
  const accumulator = typed as unknown as Monoid;

  test('gives the same state for every order and grouping of the batches', () => {
    fc.assert(
      fc.property(corpus().map(sampled), fc.infiniteStream(fc.nat()), ({ neurons, batches }, random) => {
        const whole = accumulator.empty(neurons);
        for (const { batch } of batches) accumulator.add(whole, batch);

        // Any batch to any of three parts in any order, some part perhaps empty, the parts merged in any order.
        const parts = [0, 1, 2].map(() => accumulator.empty(neurons));
        for (const { batch } of shuffled(batches, random))
          accumulator.add(parts[random.next().value % 3], batch);
        const order = shuffled(parts, random);
        const [first, second, third] = order as [unknown, unknown, unknown];
        if (random.next().value % 2 === 0) {
          accumulator.merge(second, third);
          accumulator.merge(first, second);
        } else {
          accumulator.merge(first, second);
          accumulator.merge(first, third);
        }
        expect(digestsOf(first)).toEqual(digestsOf(whole));
      }),
      { numRuns: 300 },
    );
  });

  test('is unchanged by the empty element, and merging leaves what is merged as it was', () => {
    fc.assert(
      fc.property(corpus().map(sampled), ({ neurons, batches }) => {
        const state = accumulator.empty(neurons);
        for (const { batch } of batches) accumulator.add(state, batch);
        const before = digestsOf(state);
        accumulator.merge(state, accumulator.empty(neurons));
        expect(digestsOf(state)).toEqual(before);
        const other = accumulator.empty(neurons);
        accumulator.merge(other, state);
        expect(digestsOf(other)).toEqual(before);
        expect(digestsOf(state)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });
});

/** A state may be large: it compares by hashes of its parts. */
function digestsOf(state: unknown): Record<string, string> {
  return digests(canonical(state));
}

function shuffled<T>(items: readonly T[], random: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, at: random.next().value as number }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
