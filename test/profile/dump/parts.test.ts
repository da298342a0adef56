import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dumpParts } from '../../../src/profile/dump/parts.js';

test('parts hold every kept neuron once, at most 1,024 each, and a layer’s leave no gap between their names', () => {
  const layer = fc
    .uniqueArray(fc.nat(9000), { minLength: 1, maxLength: 3000, size: 'max' })
    .map((neurons) => Int32Array.from(neurons).sort());
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 3 }), (neurons) => {
      const parts = dumpParts(neurons);
      for (const [site, kept] of neurons.entries()) {
        const own = parts.filter((part) => part.site === site);
        expect(own.flatMap(({ from, to }) => [...kept.subarray(from, to)])).toEqual([...kept]);
        expect(own[0]!.first).toBe(kept[0]);
        expect(own.at(-1)!.last).toBe(kept.at(-1));
        for (const [i, { from, to, first, last }] of own.entries()) {
          expect(to - from).toBeLessThanOrEqual(1024);
          expect([kept[from]! >= first, kept[to - 1]! <= last]).toEqual([true, true]);
          if (i > 0) expect(first).toBe(own[i - 1]!.last + 1);
        }
      }
      expect(parts.map(({ site }) => site)).toEqual(parts.map(({ site }) => site).sort((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});
