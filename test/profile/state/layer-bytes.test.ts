import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layerAccumulator, type AccumulatorSettings } from '../../../src/accumulate/layer-state.js';
import { DIGITS_PER_NEURON } from '../../../src/accumulate/superaccumulator.js';
import { layerBytes, readLayer } from '../../../src/profile/state/layer-bytes.js';
import { corpus } from '../../accumulate/batches.js';
import { canonical, digests } from '../../accumulate/canonical.js';
import { DEFAULT } from '../../accumulate/settings.js';

const SETTINGS: [string, AccumulatorSettings][] = [
  ['by default', DEFAULT],
  ['with one side', { ...DEFAULT, bottom: false }],
  ['with texts told apart', { ...DEFAULT, distinct: 'text' }],
  ['with no examples', { ...DEFAULT, k: 0 }],
  ['with no context', { ...DEFAULT, around: 0, distinct: 'none' }],
];

describe.each(SETTINGS)('the bytes of a layer %s', (_, settings) => {
  const accumulator = layerAccumulator(settings);
  /** Labels want whole documents in a state, and these batches cut them (concept-bytes.test.ts). */
  const unlabelled: AccumulatorSettings = { ...settings };
  delete unlabelled.labels;
  delete unlabelled.spans;

  test('hold all of its state', () => {
    fc.assert(
      fc.property(corpus(), ({ neurons, batches }) => {
        const state = accumulator.empty(neurons);
        for (const { batch } of batches) accumulator.add(state, batch);
        const columns = Int32Array.from({ length: neurons }, (_, j) => 7 + 3 * j);
        const bytes = layerBytes(state, columns);
        const read = readLayer(bytes, settings);
        expect(read.neurons).toEqual(columns);
        expect(digests(canonical(read.state))).toEqual(digests(canonical(state)));
        expect(Buffer.compare(layerBytes(read.state, columns), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('are the same for the same state, however it came about', () => {
    fc.assert(
      fc.property(corpus(), fc.array(fc.boolean(), { minLength: 8 }), ({ neurons, batches }, sides) => {
        const accumulator = layerAccumulator(unlabelled);
        const whole = accumulator.empty(neurons);
        const parts = [accumulator.empty(neurons), accumulator.empty(neurons)];
        batches.forEach(({ batch }, i) => {
          accumulator.add(whole, batch);
          accumulator.add(parts[sides[i % sides.length]! ? 1 : 0]!, batch);
        });
        const columns = Int32Array.from({ length: neurons }, (_, j) => j);
        // Through bytes and back, and then merged: as a shard is.
        const [a, b] = parts.map((part) => readLayer(layerBytes(part, columns), unlabelled).state);
        accumulator.merge(a!, b!);
        expect(Buffer.compare(layerBytes(a!, columns), layerBytes(whole, columns))).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('that end too early or too late are refused', () => {
    const bytes = layerBytes(accumulator.empty(2), Int32Array.of(0, 1));
    for (const wrong of [bytes.slice(0, -1), Buffer.concat([bytes, Buffer.of(0)])])
      expect(() => readLayer(wrong, settings)).toThrow(/was read to byte/);
  });
});

test('counts beyond 32 bits, and sums of either sign and any size, come back as they were', () => {
  const accumulator = layerAccumulator(DEFAULT);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(0, 0xffffffff, 1, 0x80000000), fc.nat(0xffffffff)), {
        minLength: DIGITS_PER_NEURON,
        maxLength: DIGITS_PER_NEURON,
      }),
      fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER }),
      (digits, count) => {
        const state = accumulator.empty(1);
        state.moments.digits.set(digits);
        state.counts.tokens = state.sketch.tokens = count;
        state.counts.positive = Float64Array.of(count);
        state.sketch.bins = Float64Array.from(state.sketch.bins);
        state.sketch.bins[300] = count;
        const read = readLayer(layerBytes(state, Int32Array.of(5)), DEFAULT).state;
        expect(read.moments.digits).toEqual(state.moments.digits);
        expect(read.counts.positive[0]).toBe(count);
        expect(read.sketch.bins[300]).toBe(count);
        expect(read.sketch.tokens).toBe(count);
      },
    ),
  );
});
