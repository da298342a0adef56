import { ADDRESSES, bins, counters, first, half, ROW, scratch, TILE } from './layout';

/** The counters of the tile that begins at `column`: counter (bin, column) is number bin · 16 + column. */
export function countersOf(column: usize): usize {
  return counters + (column / TILE) * bins * TILE * 2;
}

/**
 * Puts down where each value is to be counted. Sign, exponent and the four
 * highest bits of the mantissa make the bin: the upper 13 bits of a value. They
 * are kept four bits up, where counters' numbers, which fit 16 bits, have the bin.
 */
export function makeAddresses(packed: usize, end: usize, column: usize): void {
  const below = i16x8.splat(<i16>((first - 1) << 4));
  const last = i16x8.splat(<i16>(half << 4));
  const left = i16x8.add(last, i16x8(0, 1, 2, 3, 4, 5, 6, 7));
  const right = i16x8.add(last, i16x8(8, 9, 10, 11, 12, 13, 14, 15));
  const from = i32x4.splat(<i32>countersOf(column));
  let to = scratch + ADDRESSES;
  for (let p = packed; p < end; p += ROW) {
    storeAddresses(to, i16x8.add(left, signedSteps(p, below, last)), from);
    storeAddresses(to + 32, i16x8.add(right, signedSteps(p + 32, below, last)), from);
    to += ROW;
  }
}

/** How many bins from the middle one eight values are, times 16: 0 nearer zero than 2^low, `half` at most. */
function signedSteps(p: usize, below: v128, last: v128): v128 {
  const high = i16x8.narrow_i32x4_s(i32x4.shr_s(v128.load(p), 16), i32x4.shr_s(v128.load(p, 16), 16));
  const magnitude = v128.and(i16x8.shl(high, 1), i16x8.splat(<i16>0xfff0));
  const steps = i16x8.min_u(i16x8.sub_sat_u(magnitude, below), last);
  // −steps where the value is negative.
  const sign = i16x8.shr_s(high, 15);
  return i16x8.sub(v128.xor(steps, sign), sign);
}

function storeAddresses(to: usize, numbers: v128, from: v128): void {
  v128.store(to, i32x4.add(from, i32x4.shl(i32x4.extend_low_i16x8_u(numbers), 1)));
  v128.store(to, i32x4.add(from, i32x4.shl(i32x4.extend_high_i16x8_u(numbers), 1)), 16);
}

export function increment(counter: usize): void {
  store<u16>(counter, load<u16>(counter) + 1);
}
