import {
  ACTIVE,
  CLAMPED_HIGH,
  CLAMPED_LOW,
  counts,
  limit,
  MAGNITUDE,
  POSITIVE,
  ROW,
  stride,
  threshold,
  TILE,
  ZERO,
} from './layout';

export function addCounts(packed: usize, end: usize, column: usize, hasZero: bool): void {
  countAbove(packed, end, column, POSITIVE, 0);
  if (threshold == 0) copyActive(column);
  else countAbove(packed, end, column, ACTIVE, threshold);
  if (hasZero) countZeros(packed, end, column);
}

/** Adds to counts of `kind` how many are larger than `than`; a comparison's −1 is subtracted. */
function countAbove(packed: usize, end: usize, column: usize, kind: usize, than: f32): void {
  const at = counts + (kind * stride + column) * 4;
  const level = f32x4.splat(than);
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  for (let p = packed; p < end; p += ROW) {
    a = i32x4.sub(a, f32x4.gt(v128.load(p), level));
    b = i32x4.sub(b, f32x4.gt(v128.load(p, 16), level));
    c = i32x4.sub(c, f32x4.gt(v128.load(p, 32), level));
    d = i32x4.sub(d, f32x4.gt(v128.load(p, 48), level));
  }
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
}

/** With a threshold of 0, active is positive. */
function copyActive(column: usize): void {
  memory.copy(counts + (ACTIVE * stride + column) * 4, counts + (POSITIVE * stride + column) * 4, ROW);
}

function countZeros(packed: usize, end: usize, column: usize): void {
  const at = counts + (ZERO * stride + column) * 4;
  const zero = f32x4.splat(0);
  for (let lane: usize = 0; lane < TILE; lane += 4) {
    let count = v128.load(at + lane * 4);
    for (let p = packed + lane * 4; p < end; p += ROW) {
      count = i32x4.sub(count, f32x4.eq(v128.load(p), zero));
    }
    v128.store(at + lane * 4, count);
  }
}

export function addClamped(packed: usize, end: usize, column: usize): void {
  for (let p = packed; p < end; p += 4) {
    const bits = load<u32>(p);
    if ((bits & MAGNITUDE) >= limit) {
      count(bits >> 31 ? CLAMPED_LOW : CLAMPED_HIGH, column + (((p - packed) / 4) % TILE));
    }
  }
}

/** Counts one value. */
export function count(kind: usize, column: usize): void {
  const at = counts + (kind * stride + column) * 4;
  store<u32>(at, load<u32>(at) + 1);
}
