import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addWindowless } from '../../../src/accumulate/concepts.js';
import { layerAccumulator } from '../../../src/accumulate/layer-state.js';
import { layerBytes, readLayer } from '../../../src/profile/state/layer-bytes.js';
import { corpus } from '../../accumulate/batches.js';
import { DEFAULT } from '../../accumulate/settings.js';

const accumulator = layerAccumulator({ ...DEFAULT, k: 0, random: 0, bands: 0 });
const settings = { ...DEFAULT, k: 0, random: 0, bands: 0 };

/** Labels that a careless format would confuse. */
const label = fc.oneof(
  fc.constantFrom('', ' ', '0', 'null', '__proto__', '\ufeffa', 'a', 'é', '漢', '😀', '\n'),
  fc.string(),
);
const documents = fc.array(
  fc.record({
    labels: fc.array(fc.option(fc.uniqueArray(label, { maxLength: 3 })), { minLength: 2, maxLength: 2 }),
    part: fc.boolean(),
  }),
  { maxLength: 12 },
);

describe('the bytes of labels', () => {
  test('are the same for the same documents, whatever state each was added to, and in which order', () => {
    fc.assert(
      fc.property(documents, (given) => {
        const whole = accumulator.empty(2);
        const parts = [accumulator.empty(2), accumulator.empty(2)];
        const labelled = given.map(({ labels }, record) => ({ file: 1, record, windows: 0, labels }));
        for (const each of labelled) addWindowless(whole.concepts!, each);
        for (const each of [...labelled].reverse())
          addWindowless(parts[given[each.record]!.part ? 1 : 0]!.concepts!, each);
        const columns = Int32Array.of(0, 1);
        const [a, b] = parts.map((part) => readLayer(layerBytes(part, columns), settings).state);
        accumulator.merge(a!, b!);
        expect(layerBytes(a!, columns)).toEqual(layerBytes(whole, columns));
        const sets = [...readLayer(layerBytes(whole, columns), settings).state.concepts!.sets.values()];
        const expected = new Set(
          given.flatMap(({ labels }) =>
            labels.flatMap((ofField, field) =>
              ofField === null ? [] : [null, ...ofField].map((each) => JSON.stringify([field, each])),
            ),
          ),
        );
        expect(new Set(sets.map((set) => JSON.stringify([set.field, set.label])))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test('are not written while a document lacks a window', () => {
    const isCut = ({ batches }: { batches: { batch: { places: readonly object[] } }[] }) =>
      batches.length > 1;
    let refused = 0;
    fc.assert(
      fc.property(corpus().filter(isCut), ({ neurons, batches }) => {
        const state = accumulator.empty(neurons);
        const columns = Int32Array.from({ length: neurons }, (_, j) => j);
        for (const { batch } of batches) {
          accumulator.add(state, batch);
          if (state.concepts!.pending.size === 0) continue;
          expect(() => layerBytes(state, columns)).toThrow('lack some of their windows');
          refused++;
        }
        expect(state.concepts!.pending.size).toBe(0);
      }),
      { numRuns: 50 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});
