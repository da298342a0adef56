/**
 * Exact sums of float64 values that are multiples of 2^(−149·p): a number is a
 * two's complement integer of 32-bit digits, least significant first, whose unit
 * is 2^(−149·p). 2^−149 is the smallest float32, so every sum of p-th powers
 * of float32 values, rounded to float64 at any point, is such a multiple
 * (a rounded value is a multiple of an ulp at least that large, or exact).
 *
 * After Kulisch, "Computer Arithmetic and Validity" (2013), ch. 8: the "complete register".
 */

/** Digits that hold the sum of any 2^31 batches of 2^32 values: (149 + 128)·p bits, 63 of head-room, a sign. */
export const DIGITS = [11, 20, 28, 37] as const;

/** Digits of one neuron over all four powers. */
export const DIGITS_PER_NEURON = DIGITS.reduce((sum, digits) => sum + digits, 0);

const value64 = new Float64Array(1);
const halves = new Uint32Array(value64.buffer); // little-endian: low word first

/**
 * Adds `value` to the number of `digits` digits that begins at `at`.
 * @param unit p · 149: the number counts units of 2^−unit
 */
export function addExact(number: Uint32Array, at: number, digits: number, unit: number, value: number): void {
  if (value === 0) return;
  value64[0] = value;
  let low = halves[0]!;
  let high = halves[1]! & 0xfffff;
  const biased = (halves[1]! >>> 20) & 0x7ff;
  if (biased !== 0) high |= 0x100000; // float64's hidden bit; a subnormal has none
  // value = ±(high·2^32 + low)·2^exponent
  let shift = (biased === 0 ? 1 : biased) - 1075 + unit;
  if (shift < 0) {
    // Where value is a multiple of the unit, the bits that fall out are zero.
    const down = -shift;
    if (down >= 64) return; // less than a unit; shifts count modulo 32
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
  const digit0 = (low << bits) >>> 0;
  const digit1 = bits === 0 ? high : ((high << bits) | (low >>> (32 - bits))) >>> 0;
  const digit2 = bits === 0 ? 0 : high >>> (32 - bits);
  const first = at + (shift >>> 5);
  if (value > 0) addDigits(number, first, at + digits, digit0, digit1, digit2);
  else subtractDigits(number, first, at + digits, digit0, digit1, digit2);
}

function addDigits(
  number: Uint32Array,
  first: number,
  end: number,
  d0: number,
  d1: number,
  d2: number,
): void {
  let carry = put(number, first, d0, 0);
  carry = put(number, first + 1, d1, carry);
  carry = put(number, first + 2, d2, carry);
  for (let i = first + 3; carry !== 0 && i < end; i++) carry = put(number, i, 0, carry);
}

/** Adds to a digit and returns what is carried: the highest bit's majority, so that all stays in 32-bit integers. */
function put(number: Uint32Array, i: number, digit: number, carry: number): number {
  const held = number[i]!;
  const sum = (held + digit + carry) | 0;
  number[i] = sum;
  return ((held & digit) | ((held | digit) & ~sum)) >>> 31;
}

function subtractDigits(
  number: Uint32Array,
  first: number,
  end: number,
  d0: number,
  d1: number,
  d2: number,
): void {
  let borrow = take(number, first, d0, 0);
  borrow = take(number, first + 1, d1, borrow);
  borrow = take(number, first + 2, d2, borrow);
  for (let i = first + 3; borrow !== 0 && i < end; i++) borrow = take(number, i, 0, borrow);
}

/** Subtracts from a digit and returns what is borrowed. */
function take(number: Uint32Array, i: number, digit: number, borrow: number): number {
  const held = number[i]!;
  const difference = (held - digit - borrow) | 0;
  number[i] = difference;
  return ((~held & digit) | ((~held | digit) & difference)) >>> 31;
}

/** Adds number `from` to number `into`, both of `digits` digits. */
export function addNumber(
  into: Uint32Array,
  intoAt: number,
  from: Uint32Array,
  fromAt: number,
  digits: number,
): void {
  let carry = 0;
  for (let i = 0; i < digits; i++) carry = put(into, intoAt + i, from[fromAt + i]!, carry);
}

/** Subtracts number `from` from number `into`, both of `digits` digits. */
export function subtractNumber(
  into: Uint32Array,
  intoAt: number,
  from: Uint32Array,
  fromAt: number,
  digits: number,
): void {
  let borrow = 0;
  for (let i = 0; i < digits; i++) borrow = take(into, intoAt + i, from[fromAt + i]!, borrow);
}

/** The number as float64, rounded once, to nearest, ties to even. */
export function roundToNumber(number: Uint32Array, at: number, digits: number, unit: number): number {
  const negative = number[at + digits - 1]! >>> 31 === 1;
  const magnitude = number.slice(at, at + digits);
  if (negative) negate(magnitude);
  let top = digits - 1;
  while (top > 0 && magnitude[top] === 0) top--;
  // 96 bits from the top digit that is not zero hold at least 65 significant
  // ones; what lies below them can only break a tie, so one sticky bit does.
  const base = Math.max(0, top - 2);
  let bits = 0n;
  for (let i = top; i >= base; i--) bits = (bits << 32n) | BigInt(magnitude[i]!);
  for (let i = 0; i < base; i++) if (magnitude[i] !== 0) bits |= 1n;
  const rounded = Number(bits) * 2 ** (32 * base - unit);
  return negative ? -rounded : rounded;
}

function negate(magnitude: Uint32Array): void {
  let carry = 1;
  for (let i = 0; i < magnitude.length; i++) {
    const sum = (~magnitude[i]! >>> 0) + carry;
    magnitude[i] = sum;
    carry = sum > 0xffffffff ? 1 : 0;
  }
}
