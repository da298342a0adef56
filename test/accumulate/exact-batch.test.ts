import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExactBatch } from '../../src/accumulate/exact-batch.js';
import { addExact, DIGITS } from '../../src/accumulate/superaccumulator.js';

/** Float32 values and products of them: what numbers of power 1 and 2 are of. */
const float32 = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: Math.fround(-2), max: Math.fround(2), noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 2 ** -149, -(2 ** -149), 3.4028234663852886e38, -3.4028234663852886e38),
);
const inexact = fc.oneof(
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.constantFrom(2 ** -1074, -(2 ** -500), 2 ** -150, 1 + 2 ** -52, -1 / 3),
);

describe('many values added at once', () => {
  test.each([
    ['float32', 1, float32],
    ['float32 squared', 2, float32.map((x) => x * x)],
    ['float32 with less than a unit', 1, fc.oneof(float32, inexact)],
    [
      'products with less than a unit',
      2,
      fc.oneof(
        float32.map((x) => x * Math.abs(x)),
        inexact,
      ),
    ],
  ])('give the digits that one after the other gives: %s', (_, power, value) => {
    const [digits, unit] = [DIGITS[power - 1]!, 149 * power];
    const batch = new ExactBatch(40);
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 40 }), { minLength: 1, maxLength: 4 }), (batches) => {
        // A number that lies between others, which must stay.
        const [one, many] = [0, 1].map(() => new Uint32Array(digits + 2).fill(7, 0, 1).fill(9, digits + 1));
        for (const values of batches) {
          for (const each of values) addExact(one!, 1, digits, unit, each);
          batch.values.set(values);
          batch.addTo(many!, 1, digits, unit, values.length);
        }
        expect([...many!]).toEqual([...one!]);
      }),
      { numRuns: 500 },
    );
  });

  test('do so for as many as there may be, of which all bits are set', () => {
    const count = 2 ** 20;
    const value = 2 ** 53 - 1;
    const [one, many] = [0, 1].map(() => new Uint32Array(DIGITS[1]));
    const batch = new ExactBatch(count);
    batch.values.fill(value);
    batch.addTo(many!, 0, DIGITS[1], 298, count);
    for (let i = 0; i < count; i++) addExact(one!, 0, DIGITS[1], 298, value);
    expect([...many!]).toEqual([...one!]);
  });
});
