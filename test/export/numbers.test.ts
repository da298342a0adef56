import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evenBars } from '../../src/export/even-bars.js';
import { activationsJson, shortFloat32 } from '../../src/export/numbers.js';

describe('a float32 in few digits', () => {
  test('reads as the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.fround(Number(JSON.stringify(shortFloat32(x))))).toBe(x === 0 ? 0 : x);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [Math.fround(0.1), 0.1],
    [Math.fround(-2.5), -2.5],
    [Math.fround(16777217), 16777216],
    [2 ** -149, 1.4e-45],
  ])('%d is %d', (x, short) => {
    expect(Math.fround(shortFloat32(x))).toBe(Math.fround(short));
    expect(String(shortFloat32(x)).length).toBeLessThanOrEqual(Math.max(String(short).length, 12));
  });

  test('is null in JSON where it is none', () => {
    expect(activationsJson(Float32Array.of(0.1, NaN, -Infinity))).toBe('[0.1,null,null]');
  });
});

describe('bars of one width', () => {
  test('hold what the bins above 0 hold, each within its bars', () => {
    // No bin of a histogram is thinner than this.
    const edge = fc.integer({ min: 0, max: 2 ** 27 }).map((units) => units / 2 ** 20);
    const edges = fc.uniqueArray(edge, { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(edges, fc.nat(1000), fc.integer({ min: 1, max: 60 }), (unsorted, count, bars) => {
        const sorted = unsorted.sort((a, b) => a - b);
        const bins = sorted.slice(1).map((upper, i) => ({ lower: sorted[i]!, upper, count: count + i }));
        const { values, heights } = evenBars(bins, sorted.at(-1)!, bars);
        expect([values.length, heights.length]).toEqual([bars, bars]);
        const all = bins.reduce((sum, bin) => sum + bin.count, 0);
        expect(Math.abs(heights.reduce((a, b) => a + b, 0) - all)).toBeLessThanOrEqual(1e-6 * all);
      }),
    );
  });

  test('split a bin by how much of it each covers, and leave out what is below 0', () => {
    const bins = [
      { lower: -1, upper: 0.5, count: 100 },
      { lower: 0.5, upper: 2.5, count: 4 },
      { lower: 2.5, upper: 9, count: 3 },
    ];
    expect(evenBars(bins, 3, 3)).toEqual({ values: [0.5, 1.5, 2.5], heights: [1, 2, 4] });
    expect(evenBars(bins, -1, 3)).toEqual({ values: [], heights: [] });
  });
});
