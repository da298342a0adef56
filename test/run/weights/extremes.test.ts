import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extremeLogits } from '../../../src/run/weights/extremes.js';

const logits = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, 1, -1, 2), fc.constant(NaN)), {
  maxLength: 40,
});

describe('the extremes of a row of logits', () => {
  test('are the first of the sorted row, of equals the smaller id first, NaN never', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 0, max: 12 }), (row, top) => {
        const found = extremeLogits(Float32Array.from(row), top);
        const ids = row.map((_, id) => id).filter((id) => !Number.isNaN(row[id]!));
        const sorted = (sign: number) =>
          [...ids]
            .sort((a, b) => sign * (row[b]! - row[a]!) || a - b)
            .filter((id) => sign * row[id]! !== -Infinity)
            .slice(0, top);
        expect([...found.raises.ids]).toEqual(sorted(1));
        expect([...found.lowers.ids]).toEqual(sorted(-1));
        expect([...found.raises.by]).toEqual(sorted(1).map((id) => row[id]! + 0));
      }),
    );
  });
});
