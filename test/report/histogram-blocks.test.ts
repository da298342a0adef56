import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asColumns, blockLines, columnsOf, histogram, sparkline } from '../../src/report/histogram-blocks.js';
import { textWidth } from '../../src/report/text-width.js';

describe('a histogram in blocks', () => {
  test('has the heights of the logarithms of its counts', () => {
    // ln(1 + c): 0, ln 2, ln 4, ln 8, ln 256 = 0, 1, 2, 3, 8 eighths of the highest, which is full.
    expect(blockLines(Float64Array.of(0, 1, 3, 7, 255), 1)).toEqual([' ▁▂▃█']);
  });

  test('stacks full blocks under the highest', () => {
    // With two lines there are 16 eighths: 1 → 2, 15 → 8, 255 → 16.
    expect(blockLines(Float64Array.of(1, 15, 255), 2)).toEqual(['  █', '▂██']);
  });

  test('shows at least the lowest block where there is anything', () => {
    expect(blockLines(Float64Array.of(1e-9, 1e9), 1)).toEqual(['▁█']);
  });

  test('spreads a wide bin evenly over the columns that it covers', () => {
    const bins = [
      { lower: 0, upper: 1, count: 8 },
      { lower: 1, upper: 4, count: 6 },
    ];
    expect([...columnsOf(asColumns(bins), 4, { min: 0, max: 4 }).counts]).toEqual([8, 2, 2, 2]);
    expect([...columnsOf(asColumns(bins), 2, { min: 0, max: 4 }).counts]).toEqual([10, 4]);
  });

  test('ends where the values end: the outer bins are clipped to the smallest and the largest', () => {
    const bins = [
      { lower: -1, upper: 1, count: 4 },
      { lower: 1, upper: 2, count: 2 },
    ];
    expect([...columnsOf(asColumns(bins), 4, { min: 0, max: 2 }).counts]).toEqual([2, 2, 1, 1]);
    // A clamped bin reaches to the largest value, far beyond its edge.
    expect([...columnsOf(asColumns(bins), 2, { min: 0, max: 3 }).counts]).toEqual([4.5, 1.5]);
  });

  test('puts a constant into one column', () => {
    expect([
      ...columnsOf(asColumns([{ lower: 1, upper: 2, count: 5 }]), 3, { min: 1.5, max: 1.5 }).counts,
    ]).toEqual([5, 0, 0]);
    expect(sparkline([{ lower: 1, upper: 2, count: 5 }], 3, { min: 1.5, max: 1.5 })).toBe('1.500 █   1.500');
  });

  test('loses no value to the columns', () => {
    const edges = fc.uniqueArray(fc.float({ min: -100, max: 100, noNaN: true }), {
      minLength: 3,
      maxLength: 20,
    });
    fc.assert(
      fc.property(
        edges,
        fc.array(fc.nat(1e6), { minLength: 20, maxLength: 20 }),
        fc.integer({ min: 1, max: 80 }),
        (given, counts, width) => {
          const sorted = [...given].sort((a, b) => a - b);
          const bins = sorted.slice(1).map((upper, i) => ({ lower: sorted[i]!, upper, count: counts[i]! }));
          const limits = { min: sorted[0]!, max: sorted[sorted.length - 1]! };
          const total = bins.reduce((sum, { count }) => sum + count, 0);
          const spread = columnsOf(asColumns(bins), width, limits).counts.reduce((a, b) => a + b, 0);
          expect(Math.abs(spread - total)).toBeLessThanOrEqual(1e-9 * total + 1e-12);
        },
      ),
    );
  });

  test('stands between its axes, each line within its width', () => {
    const lines = histogram([{ lower: -1, upper: 1, count: 1234 }], {
      width: 30,
      height: 3,
      min: -0.5,
      max: 0.5,
    });
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^41 ┤█+$/);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(34);
    expect(lines[4]).toMatch(/^ +−0\.5000 +0\.5000$/);
  });
});
