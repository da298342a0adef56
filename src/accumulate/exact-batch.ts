const TWO_32 = 2 ** 32;
const UNIT_32 = 2 ** -32;
/** More digits than any number of superaccumulator.ts has. */
const MOST_DIGITS = 64;

/**
 * Adds many float64 values to one number of superaccumulator.ts: the digits of all are added up each for itself, which
 * asks nothing of the values' signs, and carried once. What it must equal is `addExact` of one value after the other.
 */
export class ExactBatch {
  /** The values; who adds sets as many as there are. */
  readonly values: Float64Array;
  private readonly words: Uint32Array; // little-endian: low word first
  /** Sums of digits, below 2^53 in magnitude for up to 2^20 values; zero between two calls. */
  private readonly sums = new Float64Array(MOST_DIGITS);

  /** @param most values, at most 2^20 */
  constructor(most: number) {
    this.values = new Float64Array(most);
    this.words = new Uint32Array(this.values.buffer);
  }

  /** Adds values [0, count) to the number of `digits` digits that begins at `at`, in units of 2^−unit. */
  addTo(number: Uint32Array, at: number, digits: number, unit: number, count: number): void {
    const { words, sums } = this;
    let lowest = digits;
    let highest = -1;
    for (let i = 0; i < count; i++) {
      let low = words[2 * i]!;
      const word = words[2 * i + 1]!;
      if (low === 0 && word << 1 === 0) continue;
      const biased = (word >>> 20) & 0x7ff;
      let high = word & 0xfffff;
      if (biased !== 0) high |= 0x100000; // float64's hidden bit; a subnormal has none
      // value = ±(high·2^32 + low)·2^(shift − unit)
      let shift = (biased === 0 ? 1 : biased) - 1075 + unit;
      if (shift < 0) {
        const down = -shift;
        if (down >= 64) continue; // less than a unit; shifts count modulo 32
        if (down >= 32) {
          low = high >>> (down - 32);
          high = 0;
        } else {
          low = ((low >>> down) | (high << (32 - down))) >>> 0;
          high >>>= down;
        }
        shift = 0;
      }
      const bits = shift & 31;
      const first = shift >>> 5;
      const sign = 1 - 2 * (word >>> 31);
      // What a shift by 32 − bits leaves, in two steps, as one of 32 would do nothing.
      sums[first]! += sign * ((low << bits) >>> 0);
      sums[first + 1]! += sign * (((high << bits) | ((low >>> 1) >>> (31 - bits))) >>> 0);
      sums[first + 2]! += sign * ((high >>> 1) >>> (31 - bits));
      if (first < lowest) lowest = first;
      if (first + 2 > highest) highest = first + 2;
    }
    let carry = 0;
    for (let i = lowest; i <= highest; i++) {
      const sum = number[at + i]! + sums[i]! + carry;
      carry = Math.floor(sum * UNIT_32);
      number[at + i] = sum - carry * TWO_32;
      sums[i] = 0;
    }
    for (let i = highest + 1; carry !== 0 && i < digits; i++) {
      const sum = number[at + i]! + carry;
      carry = Math.floor(sum * UNIT_32);
      number[at + i] = sum - carry * TWO_32;
    }
  }
}
