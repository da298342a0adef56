import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLOAT16_END, float16Bits } from '../../../src/profile/dump/float16.js';
import { float16 } from '../../support/safetensors.js';

/** Of 0 and all positive finite ones, ascending. */
const ALL = Array.from({ length: 0x7c00 }, (_, bits) => float16(bits));

describe('float16Bits', () => {
  test('gives every number that binary16 has its own bits', () => {
    expect(ALL.map(float16Bits)).toEqual(ALL.map((_, bits) => bits));
  });

  test('takes the even one of two that are equally near, and the nearer one beside that', () => {
    for (let bits = 0; bits + 1 < ALL.length; bits++) {
      const middle = (ALL[bits]! + ALL[bits + 1]!) / 2;
      expect(float16Bits(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      const [below, above] = neighbours(middle);
      expect([float16Bits(below), float16Bits(above)]).toEqual([bits, bits + 1]);
    }
  });

  test('gives the nearest of all for any float32 from 0 up to where infinity begins', () => {
    fc.assert(
      fc.property(fc.float({ min: 0, max: Math.fround(65_519), noNaN: true }), (value) => {
        const error = Math.abs(float16(float16Bits(value)) - value);
        expect(error).toBe(Math.min(...nearby(value).map((other) => Math.abs(other - value))));
      }),
    );
    expect(float16(float16Bits(neighbours(FLOAT16_END)[0]))).toBe(65_504);
  });
});

/** The float32 before a positive one, and the one behind it. */
function neighbours(value: number): [number, number] {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return [bits - 1, bits + 1].map((other) => new Float32Array(Uint32Array.of(other).buffer)[0]!) as [
    number,
    number,
  ];
}

/** Numbers of binary16 on both sides of a value. */
function nearby(value: number): number[] {
  let at = 0;
  for (let step = 1 << 14; step > 0; step >>= 1) if (ALL[at + step]! <= value) at += step;
  return ALL.slice(at, at + 2);
}
