import { expect, test } from 'vitest';
import { figure, grouped, percent } from '../../src/report/numbers.js';
import { rateBound } from '../../src/report/rule-of-three.js';

test('counts are grouped by thousands', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
});

test('figures have four significant digits, and null is a dash', () => {
  expect([0, 1.23456, -0.0123456, 12345.6, 1e-7, -2.5e9].map(figure)).toEqual([
    '0',
    '1.235',
    '−0.01235',
    '12346',
    '1.00e−7',
    '−2.50e+9',
  ]);
  expect([null, NaN, Infinity, -Infinity].map(figure)).toEqual(['–', '–', '∞', '−∞']);
});

test('a share is never rounded to nothing nor to all', () => {
  expect([0, 1, 0.00001, 0.99999, 0.0123, 0.5, null].map(percent)).toEqual([
    '0 %',
    '100 %',
    '< 0.01 %',
    '> 99.99 %',
    '1.23 %',
    '50.0 %',
    '–',
  ]);
});

test('the rule of three bounds what 95 of 100 silent runs would allow', () => {
  for (const n of [30, 1000, 1e6]) {
    // Exact bound: the rate at which n silent trials have probability 5 %.
    const exact = 1 - 0.05 ** (1 / n);
    expect(rateBound(n)).toBeGreaterThanOrEqual(exact);
    expect(rateBound(n)).toBeLessThan(exact * 1.06);
  }
  expect(rateBound(2)).toBe(1);
});
