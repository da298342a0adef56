import { increment, makeAddresses } from './bins';
import { ADDRESSED_ROWS, ADDRESSES, ROW, scratch, stride, sums, TILE } from './layout';

/** Sums values and counts them in their bins, a few rows at a time: addresses of all would fill the first cache. */
export function addSumsAndBins(packed: usize, end: usize, column: usize): void {
  while (packed < end) {
    const stop = min(end, packed + ADDRESSED_ROWS * ROW);
    makeAddresses(packed, stop, column);
    sumAndCount(packed, stop, column);
    packed = stop;
  }
}

/**
 * Σx … Σx⁴ in float64, row after row, four columns at a time: eight sums fit the
 * registers. Counting goes with it because sums wait for arithmetic, counters for
 * the cache, and neither needs the other's registers.
 */
function sumAndCount(packed: usize, end: usize, column: usize): void {
  const power = stride * 8;
  for (let lane: usize = 0; lane < TILE; lane += 4) {
    const at = sums + (column + lane) * 8;
    let a1 = v128.load(at);
    let b1 = v128.load(at, 16);
    let a2 = v128.load(at + power);
    let b2 = v128.load(at + power, 16);
    let a3 = v128.load(at + 2 * power);
    let b3 = v128.load(at + 2 * power, 16);
    let a4 = v128.load(at + 3 * power);
    let b4 = v128.load(at + 3 * power, 16);
    let counter = scratch + ADDRESSES + lane * 4;
    for (let p = packed + lane * 4; p < end; p += ROW) {
      increment(load<u32>(counter));
      increment(load<u32>(counter, 4));
      increment(load<u32>(counter, 8));
      increment(load<u32>(counter, 12));
      counter += ROW;
      const a = f64x2.promote_low_f32x4(v128.load64_zero(p));
      const b = f64x2.promote_low_f32x4(v128.load64_zero(p, 8));
      const aa = f64x2.mul(a, a);
      const bb = f64x2.mul(b, b);
      a1 = f64x2.add(a1, a);
      b1 = f64x2.add(b1, b);
      a2 = f64x2.add(a2, aa);
      b2 = f64x2.add(b2, bb);
      a3 = f64x2.add(a3, f64x2.mul(aa, a));
      b3 = f64x2.add(b3, f64x2.mul(bb, b));
      a4 = f64x2.add(a4, f64x2.mul(aa, aa));
      b4 = f64x2.add(b4, f64x2.mul(bb, bb));
    }
    v128.store(at, a1);
    v128.store(at, b1, 16);
    v128.store(at + power, a2);
    v128.store(at + power, b2, 16);
    v128.store(at + 2 * power, a3);
    v128.store(at + 2 * power, b3, 16);
    v128.store(at + 3 * power, a4);
    v128.store(at + 3 * power, b4, 16);
  }
}
