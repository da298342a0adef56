const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Finite numbers from here on round to infinity in IEEE 754 binary16, whose largest is 65,504. */
export const FLOAT16_END = 65_520;

const LEAST_NORMAL = 2 ** -14;
/** Bits of binary32’s mantissa that binary16 has none of. */
const DROPPED = 13;
/** The exponents’ biases, 127 and 15, differ by so much. */
const REBIAS = 112 << 10;

/** The bits of the binary16 nearest to a float32 from 0 up to, not including, FLOAT16_END; of two, the even one. */
export function float16Bits(value: number): number {
  if (value < LEAST_NORMAL) {
    // Binary16 counts these in 2^-24, which is the step of float32 from 0.5 on: its own rounding does the work.
    float[0] = value + 0.5;
    return bits[0]! - 0x3f000000;
  }
  float[0] = value;
  const half = (1 << (DROPPED - 1)) - 1 + ((bits[0]! >>> DROPPED) & 1);
  return ((bits[0]! + half) >>> DROPPED) - REBIAS;
}
