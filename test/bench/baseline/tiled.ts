/*
 * The kernel as one would first write it for SIMD: 16 neurons packed, one pass
 * that sums, counts and finds the extremes, then one that counts bins in 32 bits. `npm run bench:kernel` holds the kernel against it; it gives
 * the same results. Written in AssemblyScript.
 */
const TILE: usize = 16;
const ROW: usize = TILE * 4;
const CHUNK: i32 = 256;

/** Kinds of counts, one array of `stride` u32 each, in this order. */
const ZERO: usize = 0;
const POSITIVE: usize = 1;
const ACTIVE: usize = 2;
const NAN_: usize = 3;
const PLUS_INF: usize = 4;
const MINUS_INF: usize = 5;
const CLAMPED_LOW: usize = 6;
const CLAMPED_HIGH: usize = 7;

const MAGNITUDE: i32 = 0x7fffffff;
const INFINITE: u32 = 0x7f800000;

let activations: usize = 0;
let neurons: usize = 0;
let stride: usize = 0;
let packed: usize = 0;
let counters: usize = 0;
let bins: usize = 0;
let first: i32 = 0;
let half: i32 = 0;
let limit: u32 = 0;
let threshold: f32 = 0;
let sums: usize = 0;
let counts: usize = 0;
let highs: usize = 0;
let highsAt: usize = 0;
let lows: usize = 0;
let lowsAt: usize = 0;

export function scratchBytes(): usize {
  return <usize>CHUNK * ROW;
}

/** As in the kernel; counter (tile, bin, column) is a u32. */
export function layer(
  activations_: usize,
  neurons_: usize,
  stride_: usize,
  scratch_: usize,
  counters_: usize,
  bins_: usize,
  first_: i32,
  half_: i32,
  limit_: u32,
  threshold_: f32,
): void {
  activations = activations_;
  neurons = neurons_;
  stride = stride_;
  packed = scratch_;
  counters = counters_;
  bins = bins_;
  first = first_;
  half = half_;
  limit = limit_;
  threshold = threshold_;
}

export function results(
  sums_: usize,
  counts_: usize,
  highs_: usize,
  highsAt_: usize,
  lows_: usize,
  lowsAt_: usize,
): void {
  sums = sums_;
  counts = counts_;
  highs = highs_;
  highsAt = highsAt_;
  lows = lows_;
  lowsAt = lowsAt_;
}

export function add(runs: usize, runCount: i32, length: i32): void {
  for (let column: usize = 0; column < stride; column += TILE) {
    for (let r = 0; r < runCount; r++) {
      const at = runs + <usize>r * 12;
      const window = load<i32>(at);
      const end = load<i32>(at, 8);
      for (let position = load<i32>(at, 4); position < end; position += CHUNK) {
        takeRows(column, window, position, min(CHUNK, end - position), length);
      }
    }
  }
}

function takeRows(column: usize, window: i32, position: i32, rows: i32, length: i32): void {
  const from = activations + (<usize>(window * length + position) * neurons + column) * 4;
  const end = packed + <usize>rows * ROW;
  const most = pack(from, end);
  if (most >= INFINITE) return takeBroken(column, window, position, rows);
  const cell = (<usize>window * stride + column) * 4;
  for (let lane: usize = 0; lane < TILE; lane += 4)
    takeColumns(lane, end, column + lane, cell + lane * 4, position);
  addBins(end, column);
  if (most >= limit) addClamped(end, column);
}

/** Copies rows of a tile, −0 as +0. @returns the bits of the largest magnitude */
function pack(from: usize, end: usize): u32 {
  const zero = f32x4.splat(0);
  const magnitude = i32x4.splat(MAGNITUDE);
  let largest = i32x4.splat(0);
  for (let to = packed; to < end; to += ROW) {
    for (let lane: usize = 0; lane < ROW; lane += 16) {
      const x = f32x4.add(v128.load(from + lane), zero);
      largest = i32x4.max_u(largest, v128.and(x, magnitude));
      v128.store(to + lane, x);
    }
    from += neurons * 4;
  }
  return max(
    max(<u32>i32x4.extract_lane(largest, 0), <u32>i32x4.extract_lane(largest, 1)),
    max(<u32>i32x4.extract_lane(largest, 2), <u32>i32x4.extract_lane(largest, 3)),
  );
}

/** Sums, counts and extremes of four columns. */
function takeColumns(lane: usize, end: usize, column: usize, cell: usize, position: i32): void {
  const sum = sums + column * 8;
  const count = counts + column * 4;
  const power = stride * 8;
  const kind = stride * 4;
  const none = f32x4.splat(0);
  const level = f32x4.splat(threshold);
  const one = i32x4.splat(1);
  let a1 = v128.load(sum);
  let b1 = v128.load(sum, 16);
  let a2 = v128.load(sum + power);
  let b2 = v128.load(sum + power, 16);
  let a3 = v128.load(sum + 2 * power);
  let b3 = v128.load(sum + 2 * power, 16);
  let a4 = v128.load(sum + 3 * power);
  let b4 = v128.load(sum + 3 * power, 16);
  let zeros = v128.load(count + ZERO * kind);
  let positive = v128.load(count + POSITIVE * kind);
  let active = v128.load(count + ACTIVE * kind);
  let high = v128.load(highs + cell);
  let highAt = v128.load(highsAt + cell);
  let low = v128.load(lows + cell);
  let lowAt = v128.load(lowsAt + cell);
  let here = i32x4.splat(position);
  for (let p = packed + lane * 4; p < end; p += ROW) {
    const x = v128.load(p);
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
    zeros = i32x4.sub(zeros, f32x4.eq(x, none));
    positive = i32x4.sub(positive, f32x4.gt(x, none));
    active = i32x4.sub(active, f32x4.gt(x, level));
    const higher = f32x4.gt(x, high);
    high = v128.bitselect(x, high, higher);
    highAt = v128.bitselect(here, highAt, higher);
    const lower = f32x4.lt(x, low);
    low = v128.bitselect(x, low, lower);
    lowAt = v128.bitselect(here, lowAt, lower);
    here = i32x4.add(here, one);
  }
  v128.store(sum, a1);
  v128.store(sum, b1, 16);
  v128.store(sum + power, a2);
  v128.store(sum + power, b2, 16);
  v128.store(sum + 2 * power, a3);
  v128.store(sum + 2 * power, b3, 16);
  v128.store(sum + 3 * power, a4);
  v128.store(sum + 3 * power, b4, 16);
  v128.store(count + ZERO * kind, zeros);
  v128.store(count + POSITIVE * kind, positive);
  v128.store(count + ACTIVE * kind, active);
  v128.store(highs + cell, high);
  v128.store(highsAt + cell, highAt);
  v128.store(lows + cell, low);
  v128.store(lowsAt + cell, lowAt);
}

/** Makes the addresses of four counters at a time. */
function addBins(end: usize, column: usize): void {
  const lowest = i32x4.splat(first);
  const last = i32x4.splat(half - 1);
  const none = i32x4.splat(-1);
  const one = i32x4.splat(1);
  const magnitude = i32x4.splat(MAGNITUDE);
  for (let lane: usize = 0; lane < ROW; lane += 16) {
    const middle = i32x4.splat(<i32>(countersOf(column) + <usize>half * ROW + lane));
    const columns = i32x4.add(middle, i32x4(0, 4, 8, 12));
    for (let p = packed + lane; p < end; p += ROW) {
      const x = v128.load(p);
      const sign = i32x4.shr_s(x, 31);
      const bin = i32x4.sub(i32x4.shr_u(v128.and(x, magnitude), 19), lowest);
      const step = i32x4.add(i32x4.min_s(i32x4.max_s(bin, none), last), one);
      // −step where the value is negative.
      const signed = i32x4.sub(v128.xor(step, sign), sign);
      const at = i32x4.add(columns, i32x4.shl(signed, 6));
      increment(i32x4.extract_lane(at, 0));
      increment(i32x4.extract_lane(at, 1));
      increment(i32x4.extract_lane(at, 2));
      increment(i32x4.extract_lane(at, 3));
    }
  }
}

function addClamped(end: usize, column: usize): void {
  for (let p = packed; p < end; p += 4) {
    const bits = load<u32>(p);
    if ((bits & MAGNITUDE) >= limit)
      addCount(bits >> 31 ? CLAMPED_LOW : CLAMPED_HIGH, column + (((p - packed) / 4) % TILE));
  }
}

function countersOf(column: usize): usize {
  return counters + (column / TILE) * bins * ROW;
}

function addCount(kind: usize, column: usize): void {
  increment(counts + (kind * stride + column) * 4);
}

function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Rows that hold NaN or infinity: value by value. */
function takeBroken(column: usize, window: i32, position: i32, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let lane: usize = 0; lane < TILE; lane++) {
      const x = load<f32>(packed + (<usize>row * TILE + lane) * 4);
      const size = reinterpret<u32>(x) & MAGNITUDE;
      if (size < INFINITE) takeFinite(x, column, lane, window, position + row);
      else addCount(size > INFINITE ? NAN_ : x > 0 ? PLUS_INF : MINUS_INF, column + lane);
    }
  }
}

function takeFinite(x: f32, column: usize, lane: usize, window: i32, position: i32): void {
  const j = column + lane;
  const bits = reinterpret<u32>(x);
  const size = bits & MAGNITUDE;
  if (size >= limit) addCount(x < 0 ? CLAMPED_LOW : CLAMPED_HIGH, j);
  const step = min(max(<i32>(size >> 19) - first, -1), half - 1) + 1;
  increment(countersOf(column) + <usize>(half + (x < 0 ? -step : step)) * ROW + lane * 4);
  if (x == 0) addCount(ZERO, j);
  if (x > 0) addCount(POSITIVE, j);
  if (x > threshold) addCount(ACTIVE, j);
  const wide = <f64>x;
  const square = wide * wide;
  addSum(0, j, wide);
  addSum(1, j, square);
  addSum(2, j, square * wide);
  addSum(3, j, square * square);
  const cell = (<usize>window * stride + j) * 4;
  if (x > load<f32>(highs + cell)) {
    store<f32>(highs + cell, x);
    store<i32>(highsAt + cell, position);
  }
  if (x < load<f32>(lows + cell)) {
    store<f32>(lows + cell, x);
    store<i32>(lowsAt + cell, position);
  }
}

function addSum(power: usize, j: usize, value: f64): void {
  const at = sums + (power * stride + j) * 8;
  store<f64>(at, load<f64>(at) + value);
}
