import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jaccard, rankBiasedOverlap } from '../../../src/analyse/diff/overlap.js';

const letters = (text: string) => text.split('');
const ranking = fc.uniqueArray(fc.constantFrom(...letters('abcdefghijklmnopqrst')), { minLength: 1 });

describe('rank-biased overlap', () => {
  test('is equation 32 of Webber, Moffat and Zobel, for lists of any two lengths', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.double({ min: 0.05, max: 0.98, noNaN: true }), (a, b, p) => {
        expect(rankBiasedOverlap(a, b, p)).toBeCloseTo(equation32(a, b, p), 10);
      }),
    );
  });

  test('is exactly 1 of a list with itself, and 0 where nothing is in common', () => {
    fc.assert(fc.property(ranking, (list) => rankBiasedOverlap(list, list) === 1));
    expect(rankBiasedOverlap(letters('abc'), letters('xyz'))).toBeCloseTo(0, 15);
    expect(rankBiasedOverlap([], letters('xyz'))).toBe(0);
  });

  test('of two lists that differ in their first two is what another implementation says', () => {
    // dlukes/rbo, doctest of rbo_ext: 0.9
    expect(rankBiasedOverlap(letters('abcdefg'), letters('bacdefg'), 0.9)).toBeCloseTo(0.9, 12);
  });

  test('minds the top more than the end, and is symmetric', () => {
    const [top, end] = ['bacdefghij', 'abcdefghji'].map((other) =>
      rankBiasedOverlap(letters('abcdefghij'), letters(other)),
    );
    expect(top!).toBeLessThan(end!);
    fc.assert(
      fc.property(ranking, ranking, (a, b) => {
        expect(rankBiasedOverlap(a, b)).toBeCloseTo(rankBiasedOverlap(b, a), 14);
      }),
    );
  });

  test('of two empty lists is undefined', () => {
    expect(rankBiasedOverlap([], [])).toBeNaN();
  });
});

describe('the Jaccard index', () => {
  test('is what both have of what either has', () => {
    expect(jaccard(letters('abcd'), letters('cdef'))).toBe(2 / 6);
    expect(jaccard(letters('ab'), letters('ba'))).toBe(1);
    expect(jaccard([], letters('a'))).toBe(0);
    expect(jaccard([], [])).toBeNaN();
  });
});

/** As the paper writes it. */
function equation32(a: readonly string[], b: readonly string[], p: number): number {
  const [S, L] = a.length <= b.length ? [a, b] : [b, a];
  const [s, l] = [S.length, L.length];
  const X = (d: number) => S.slice(0, d).filter((key) => L.slice(0, d).includes(key)).length;
  let first = 0;
  for (let d = 1; d <= l; d++) first += (X(d) / d) * p ** d;
  let second = 0;
  for (let d = s + 1; d <= l; d++) second += ((X(s) * (d - s)) / (s * d)) * p ** d;
  return ((1 - p) / p) * (first + second) + ((X(l) - X(s)) / l + X(s) / s) * p ** l;
}
