import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binEdges, binOf } from '../../../src/accumulate/bin-of.js';
import { jensenShannon, wasserstein, type Distribution } from '../../../src/analyse/diff/distances.js';

const RANGE = { low: -11, high: 7 };

/** Values of every kind that a sketch tells apart: ordinary, tiny, zero, clamped at both ends. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -4, max: 4, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1e-5, -1e-5, 2 ** -11, 1, -1) },
  { weight: 1, arbitrary: fc.constantFrom(128, -128, 500, -3000) },
);
const values = fc.array(value, { minLength: 1, maxLength: 60 });

describe('Jensen–Shannon divergence', () => {
  test('is 0 of the same counts, whatever they are', () => {
    fc.assert(fc.property(values, (all) => jensenShannon(of(all), of(all)) === 0));
  });

  test('is 0 where the shares are the same, of twice as many values', () => {
    fc.assert(fc.property(values, (all) => jensenShannon(of(all), of([...all, ...all])) < 1e-15));
  });

  test('is 1 bit where no bin is in common', () => {
    expect(jensenShannon(of([1, 2, 3]), of([-1, 0.5]))).toBeCloseTo(1, 14);
  });

  test('is what scipy gives', () => {
    // scipy 1.17: jensenshannon([10, 20, 0, 5], [3, 7, 9, 1], base=2) ** 2
    const of4 = (counts: number[]) => of(counts.flatMap((count, i) => Array<number>(count).fill(2 ** i)));
    expect(jensenShannon(of4([10, 20, 0, 5]), of4([3, 7, 9, 1]))).toBeCloseTo(0.2766986067117272, 14);
  });

  test('is that of all 577 bins by its definition through entropies, and symmetric', () => {
    const entropy = (shares: number[]) => -shares.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [p, q] = [dense(a), dense(b)];
        const expected = entropy(p.map((x, i) => (x + q[i]!) / 2)) - (entropy(p) + entropy(q)) / 2;
        const found = jensenShannon(of(a), of(b));
        expect(found).toBeCloseTo(expected, 12);
        expect(jensenShannon(of(b), of(a))).toBeCloseTo(found, 14);
      }),
    );
  });

  test('is undefined where a neuron has no finite value', () => {
    expect(jensenShannon(of([]), of([1]))).toBeNaN();
    expect(jensenShannon(of([1]), of([]))).toBeNaN();
  });
});

describe('Wasserstein-1 distance', () => {
  test('is 0 of the same values, with whatever bound', () => {
    fc.assert(fc.property(values, (all) => wasserstein(of(all), of(all)).distance === 0));
  });

  test('lies within its bound of the distance of the values themselves', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const { distance, bound } = wasserstein(of(a), of(b));
        const exact = exactWasserstein(a, b);
        expect(Math.abs(distance - exact)).toBeLessThanOrEqual(bound + 1e-9 * (1 + exact));
      }),
      { numRuns: 2000 },
    );
  });

  test('has a bound of at most half a bin’s width a side where nothing is clamped', () => {
    const within = fc.array(fc.float({ min: 1, max: 2, maxExcluded: true, noNaN: true }), { minLength: 1 });
    fc.assert(fc.property(within, within, (a, b) => wasserstein(of(a), of(b)).bound <= 1 / 16));
  });

  test('sees a shift within one bin, by the means', () => {
    expect(wasserstein(of([1.01, 1.02]), of([1.02, 1.03])).distance).toBeCloseTo(0.01, 7);
  });

  test('of exact zeros has no bound but 0', () => {
    expect(wasserstein(of([0, 0]), of([0]))).toEqual({ distance: 0, bound: 0 });
  });

  test('is undefined where a neuron has no finite value', () => {
    expect(wasserstein(of([]), of([1]))).toEqual({ distance: NaN, bound: NaN });
  });

  test('is checked against the one that scipy has', () => {
    // scipy 1.17: wasserstein_distance
    expect(exactWasserstein([0, 1, 3], [5, 6, 8])).toBe(5);
    expect(exactWasserstein([-1.5, 0.25, 0.25, 2, 7.5], [-3, 0, 0.5, 2])).toBeCloseTo(1.875, 14);
  });
});

/** What a profile would hold of these float32 values. */
function of(given: readonly number[]): Distribution {
  const all = given.map(Math.fround);
  const counts = new Map<number, number>();
  for (const x of all) counts.set(binOf(x, RANGE), (counts.get(binOf(x, RANGE)) ?? 0) + 1);
  const bins = [...counts].sort(([a], [b]) => a - b);
  return {
    bins: {
      lower: Float64Array.from(bins, ([bin]) => binEdges(bin, RANGE)[0]),
      upper: Float64Array.from(bins, ([bin]) => binEdges(bin, RANGE)[1]),
      count: Float64Array.from(bins, ([, count]) => count),
      size: bins.length,
    },
    finite: all.length,
    min: Math.min(...all),
    max: Math.max(...all),
    mean: all.reduce((a, b) => a + b, 0) / all.length,
    zero: all.filter((x) => x === 0).length,
    clampedLow: all.filter((x) => x <= -128).length,
    clampedHigh: all.filter((x) => x >= 128).length,
  };
}

function dense(all: readonly number[]): number[] {
  const shares = Array<number>(577).fill(0);
  for (const x of all) shares[binOf(Math.fround(x), RANGE)]! += 1 / all.length;
  return shares;
}

/** ∫ |F_A − F_B| over the values themselves. */
function exactWasserstein(a: readonly number[], b: readonly number[]): number {
  const edges = [...a, ...b].map(Math.fround).sort((x, y) => x - y);
  const share = (all: readonly number[], x: number) =>
    all.filter((y) => Math.fround(y) <= x).length / all.length;
  return edges.slice(1).reduce((sum, x, i) => {
    const from = edges[i]!;
    return sum + Math.abs(share(a, from) - share(b, from)) * (x - from);
  }, 0);
}
