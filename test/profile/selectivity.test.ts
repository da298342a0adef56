import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostSelective, selectivityOf } from '../../src/profile/selectivity.js';
import { madeLayer } from './made.js';

/** One document in which each neuron fires with the given values, else 0. */
function layerOf(layer: number, tokens: number, fires: number[][]) {
  const rows = Array.from({ length: tokens }, (_, token) => fires.map((values) => values[token] ?? 0));
  return madeLayer({ layer, documents: [rows] });
}

const times = (n: number, value: number) => new Array<number>(n).fill(value);

describe('selectivity', () => {
  test('is kurtosis · exp(−(10 / c)²) with c = n / (kurtosis + 3)', () => {
    // A share p of equal values: kurtosis (1 − 6p(1 − p)) / (p(1 − p)).
    const [layer] = mostSelective([layerOf(0, 1000, [times(20, 3)])], 1);
    const spread = 0.02 * 0.98;
    const kurtosis = (1 - 6 * spread) / spread;
    const carriers = 1000 / (kurtosis + 3);
    expect(layer!.selectivity).toBeCloseTo(kurtosis * Math.exp(-100 / carriers ** 2), 8);
    expect(carriers).toBeGreaterThan(20);
    expect(selectivityOf(47, 1000)).toBe(47 * Math.exp(-1 / 4));
  });

  test('ranks few tokens above many, and one outlier below either', () => {
    const layer = layerOf(0, 2000, [times(1, 100), times(400, 1), times(20, 1), times(100, 5)]);
    expect(mostSelective([layer], 9).map(({ neuron }) => neuron)).toEqual([2, 3, 1, 0]);
  });

  test('does not change with the scale of a neuron', () => {
    const values = Array.from({ length: 50 }, (_, i) => i % 8);
    const layer = layerOf(0, 1000, [values, values.map((x) => x * 64)]);
    const [a, b] = mostSelective([layer], 2);
    expect(a!.selectivity).toBeCloseTo(b!.selectivity, 9);
  });

  test('leaves out dead, broken, constant and negative-tailed neurons', () => {
    const layer = layerOf(0, 1000, [
      times(20, -1),
      [NaN, ...times(20, 1)],
      [Infinity, ...times(20, 1)],
      times(1000, 2),
      [],
    ]);
    expect(mostSelective([layer], 9)).toEqual([]);
    const negative = madeLayer({
      layer: 0,
      documents: [Array.from({ length: 500 }, (_, i) => [i < 20 ? -9 : 1])],
    });
    expect(mostSelective([negative], 9)).toEqual([]);
  });

  test('of equals names the first in the order of the layers given, then of neurons', () => {
    const fires = [times(20, 1), times(20, 1)];
    const layers = [layerOf(3, 1000, fires), layerOf(1, 1000, fires)];
    expect(mostSelective(layers, 3).map(({ layer, neuron }) => [layer, neuron])).toEqual([
      [3, 0],
      [3, 1],
      [1, 0],
    ]);
  });

  test('is at most the kurtosis, and nothing where that is null or not positive', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.integer({ min: 1, max: 2 ** 40 }),
        (kurtosis, n) => {
          const selectivity = selectivityOf(kurtosis, n);
          expect(selectivity).toBeGreaterThanOrEqual(0);
          expect(selectivity).toBeLessThanOrEqual(kurtosis);
        },
      ),
    );
    expect([selectivityOf(NaN, 10), selectivityOf(0, 10), selectivityOf(-1, 10)]).toEqual([NaN, NaN, NaN]);
  });

  test('names no more than asked for', () => {
    const layer = layerOf(0, 1000, [times(20, 1), times(21, 1), times(22, 1)]);
    expect(mostSelective([layer], 2)).toHaveLength(2);
    expect(mostSelective([layer], 0)).toEqual([]);
  });
});
