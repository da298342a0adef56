/*
 * One layer's activations of one batch, 16 neurons (a tile) at a time: packed,
 * then sums, counts, bins and extremes, each in a pass of its own over what is
 * in the first cache. Written in AssemblyScript.
 */

/** Neurons of a tile, and of a group that is packed together (a row of 128 touches each page once). */
const TILE: usize = 16;
const GROUP: usize = 128;
/** Rows packed at a time: a tile of them takes 16 KiB. */
const CHUNK: i32 = 256;

/** Scratch: the packed group, then the bins' addresses of a tile. */
const PACKED_TILE: usize = <usize>CHUNK * TILE * 4;
const PACKED: usize = (GROUP / TILE) * PACKED_TILE;

export function scratchBytes(): usize {
  return PACKED + <usize>CHUNK * TILE * 2;
}

/** Kinds of counts, one array of `stride` u32 each, in this order. */
const ZERO: usize = 0;
const POSITIVE: usize = 1;
const ACTIVE: usize = 2;
const NAN_: usize = 3;
const PLUS_INF: usize = 4;
const MINUS_INF: usize = 5;
const CLAMPED_LOW: usize = 6;
const CLAMPED_HIGH: usize = 7;

const INFINITE: u32 = 0x7f800000;

/** Where things lie, set by `layer` and used by all below. */
let activations: usize = 0;
let neurons: usize = 0;
let stride: usize = 0;
let scratch: usize = 0;
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

/**
 * @param neurons_ columns of a row of activations
 * @param stride_ the same, rounded up to whole tiles: length of each array of results
 * @param bins_ bins of a neuron; counter (tile, bin, column) is a u16
 * @param first_ (127 + low) · 16, half_ bins of one sign, limit_ bits of 2^high
 * @param threshold_ an activation is active where it is larger
 */
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
  scratch = scratch_;
  counters = counters_;
  bins = bins_;
  first = first_;
  half = half_;
  limit = limit_;
  threshold = threshold_;
}

/** Where the results go: [4 × stride] f64, [8 × stride] u32, and for each window [stride] of each extreme. */
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

/**
 * Takes in the counted runs of a batch: three i32 each (window, first position,
 * one past the last); position p of window w is row w · length + p.
 */
export function add(runs: usize, runCount: i32, length: i32): void {
  for (let column: usize = 0; column < stride; column += GROUP) {
    const tiles = min(GROUP, stride - column) / TILE;
    for (let r = 0; r < runCount; r++) {
      const at = runs + <usize>r * 12;
      const window = load<i32>(at);
      const end = load<i32>(at, 8);
      for (let position = load<i32>(at, 4); position < end; position += CHUNK) {
        const rows = min(CHUNK, end - position);
        pack(activations + (<usize>(window * length + position) * neurons + column) * 4, tiles, rows);
        for (let tile: usize = 0; tile < tiles; tile++)
          takeTile(tile, column + tile * TILE, window, position, rows);
      }
    }
  }
}

/** Copies rows of a group into tiles; −0 becomes +0. */
function pack(from: usize, tiles: usize, rows: i32): void {
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let to = scratch + <usize>row * TILE * 4;
    let source = from;
    for (let tile: usize = 0; tile < tiles; tile++) {
      v128.store(to, f32x4.add(v128.load(source), zero));
      v128.store(to, f32x4.add(v128.load(source, 16), zero), 16);
      v128.store(to, f32x4.add(v128.load(source, 32), zero), 32);
      v128.store(to, f32x4.add(v128.load(source, 48), zero), 48);
      source += TILE * 4;
      to += PACKED_TILE;
    }
    from += neurons * 4;
  }
}

function takeTile(tile: usize, column: usize, window: i32, position: i32, rows: i32): void {
  const packed = scratch + tile * PACKED_TILE;
  const end = packed + <usize>rows * TILE * 4;
  // What there is to look for, before the loops: the largest and smallest magnitude.
  const sign = i32x4.splat(0x7fffffff);
  let largest = i32x4.splat(0);
  let smallest = sign;
  for (let p = packed; p < end; p += 32) {
    const a = v128.and(v128.load(p), sign);
    const b = v128.and(v128.load(p, 16), sign);
    largest = i32x4.max_u(largest, i32x4.max_u(a, b));
    smallest = i32x4.min_u(smallest, i32x4.min_u(a, b));
  }
  const most = maxLane(largest);
  if (most >= INFINITE) return takeBroken(packed, tile, column, window, position, rows);
  addSums(packed, end, column);
  addCounts(packed, end, column, minLane(smallest) == 0);
  addBins(packed, end, column);
  if (most >= limit) addClamped(packed, end, column);
  findHigh(packed, end, column, window, position);
  findLow(packed, end, column, window, position);
}

function maxLane(v: v128): u32 {
  return max(
    max(<u32>i32x4.extract_lane(v, 0), <u32>i32x4.extract_lane(v, 1)),
    max(<u32>i32x4.extract_lane(v, 2), <u32>i32x4.extract_lane(v, 3)),
  );
}

function minLane(v: v128): u32 {
  return min(
    min(<u32>i32x4.extract_lane(v, 0), <u32>i32x4.extract_lane(v, 1)),
    min(<u32>i32x4.extract_lane(v, 2), <u32>i32x4.extract_lane(v, 3)),
  );
}

/** Σx … Σx⁴ in float64, row after row, four columns at a time: eight sums fit the registers. */
function addSums(packed: usize, end: usize, column: usize): void {
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
    for (let p = packed + lane * 4; p < end; p += TILE * 4) {
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

function addCounts(packed: usize, end: usize, column: usize, hasZero: bool): void {
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
  for (let p = packed; p < end; p += TILE * 4) {
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
  memory.copy(counts + (ACTIVE * stride + column) * 4, counts + (POSITIVE * stride + column) * 4, TILE * 4);
}

function countZeros(packed: usize, end: usize, column: usize): void {
  const at = counts + (ZERO * stride + column) * 4;
  const zero = f32x4.splat(0);
  for (let lane: usize = 0; lane < TILE; lane += 4) {
    let count = v128.load(at + lane * 4);
    for (let p = packed + lane * 4; p < end; p += TILE * 4) {
      count = i32x4.sub(count, f32x4.eq(v128.load(p), zero));
    }
    v128.store(at + lane * 4, count);
  }
}

/**
 * The bin of a value from the upper half of its bits: sign, exponent, four bits
 * of mantissa. Counter (bin, column) is number bin · 16 + column, which fits 16
 * bits; numbers are made eight at a time, then counted one by one.
 */
function addBins(packed: usize, end: usize, column: usize): void {
  const numbers = scratch + PACKED;
  const magnitude = i16x8.splat(0x7fff);
  const lowest = i16x8.splat(<i16>first);
  const none = i16x8.splat(-1);
  const last = i16x8.splat(<i16>(half - 1));
  const one = i16x8.splat(1);
  const middle = i16x8.splat(<i16>half);
  const left = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
  const right = i16x8(8, 9, 10, 11, 12, 13, 14, 15);
  let to = numbers;
  for (let p = packed; p < end; p += TILE * 4) {
    for (let side: usize = 0; side < 2; side++) {
      const a = v128.load(p + side * 32);
      const b = v128.load(p + side * 32, 16);
      const high = i8x16.shuffle(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
      const sign = i16x8.shr_s(high, 15);
      const bin = i16x8.sub(i16x8.shr_u(v128.and(high, magnitude), 3), lowest);
      const step = i16x8.add(i16x8.min_s(i16x8.max_s(bin, none), last), one);
      // −step where the value is negative.
      const signed = i16x8.sub(v128.xor(step, sign), sign);
      const number = i16x8.add(i16x8.shl(i16x8.add(middle, signed), 4), side == 0 ? left : right);
      v128.store(to, number);
      to += 16;
    }
  }
  const base = counters + (column / TILE) * bins * TILE * 2;
  for (let n = numbers; n < to; n += 16) {
    increment(base, load<u16>(n));
    increment(base, load<u16>(n, 2));
    increment(base, load<u16>(n, 4));
    increment(base, load<u16>(n, 6));
    increment(base, load<u16>(n, 8));
    increment(base, load<u16>(n, 10));
    increment(base, load<u16>(n, 12));
    increment(base, load<u16>(n, 14));
  }
}

function increment(base: usize, number: u16): void {
  const at = base + ((<usize>number) << 1);
  store<u16>(at, load<u16>(at) + 1);
}

function addClamped(packed: usize, end: usize, column: usize): void {
  for (let p = packed; p < end; p += 4) {
    const bits = load<u32>(p);
    if ((bits & 0x7fffffff) >= limit) {
      count(bits >> 31 ? CLAMPED_LOW : CLAMPED_HIGH, column + (((p - packed) / 4) % TILE));
    }
  }
}

function count(kind: usize, column: usize): void {
  const at = counts + (kind * stride + column) * 4;
  store<u32>(at, load<u32>(at) + 1);
}

/** The largest value of a window and its first position: a later one must be larger. */
function findHigh(packed: usize, end: usize, column: usize, window: i32, position: i32): void {
  const at = (<usize>window * stride + column) * 4;
  for (let lane: usize = 0; lane < TILE; lane += 8) {
    const value = highs + at + lane * 4;
    const place = highsAt + at + lane * 4;
    let a = v128.load(value);
    let b = v128.load(value, 16);
    let atA = v128.load(place);
    let atB = v128.load(place, 16);
    let here = i32x4.splat(position);
    const one = i32x4.splat(1);
    for (let p = packed + lane * 4; p < end; p += TILE * 4) {
      const x = v128.load(p);
      const y = v128.load(p, 16);
      const moreA = f32x4.gt(x, a);
      const moreB = f32x4.gt(y, b);
      a = v128.bitselect(x, a, moreA);
      b = v128.bitselect(y, b, moreB);
      atA = v128.bitselect(here, atA, moreA);
      atB = v128.bitselect(here, atB, moreB);
      here = i32x4.add(here, one);
    }
    v128.store(value, a);
    v128.store(value, b, 16);
    v128.store(place, atA);
    v128.store(place, atB, 16);
  }
}

function findLow(packed: usize, end: usize, column: usize, window: i32, position: i32): void {
  const at = (<usize>window * stride + column) * 4;
  for (let lane: usize = 0; lane < TILE; lane += 8) {
    const value = lows + at + lane * 4;
    const place = lowsAt + at + lane * 4;
    let a = v128.load(value);
    let b = v128.load(value, 16);
    let atA = v128.load(place);
    let atB = v128.load(place, 16);
    let here = i32x4.splat(position);
    const one = i32x4.splat(1);
    for (let p = packed + lane * 4; p < end; p += TILE * 4) {
      const x = v128.load(p);
      const y = v128.load(p, 16);
      const lessA = f32x4.lt(x, a);
      const lessB = f32x4.lt(y, b);
      a = v128.bitselect(x, a, lessA);
      b = v128.bitselect(y, b, lessB);
      atA = v128.bitselect(here, atA, lessA);
      atB = v128.bitselect(here, atB, lessB);
      here = i32x4.add(here, one);
    }
    v128.store(value, a);
    v128.store(value, b, 16);
    v128.store(place, atA);
    v128.store(place, atB, 16);
  }
}

/** A tile that holds NaN or infinity: value by value. */
function takeBroken(packed: usize, tile: usize, column: usize, window: i32, position: i32, rows: i32): void {
  const base = counters + (column / TILE) * bins * TILE * 2;
  for (let row = 0; row < rows; row++) {
    for (let lane: usize = 0; lane < TILE; lane++) {
      const x = load<f32>(packed + (<usize>row * TILE + lane) * 4);
      takeValue(x, column + lane, lane, base, window, position + row);
    }
  }
}

function takeValue(x: f32, column: usize, lane: usize, base: usize, window: i32, position: i32): void {
  const bits = reinterpret<u32>(x);
  const size = bits & 0x7fffffff;
  if (size >= INFINITE) {
    count(size > INFINITE ? NAN_ : x > 0 ? PLUS_INF : MINUS_INF, column);
    return;
  }
  if (x == 0) count(ZERO, column);
  if (x > 0) count(POSITIVE, column);
  if (x > threshold) count(ACTIVE, column);
  if (size >= limit) count(x < 0 ? CLAMPED_LOW : CLAMPED_HIGH, column);
  const step = min(max(<i32>(size >> 19) - first, -1), half - 1) + 1;
  const bin = half + (x < 0 ? -step : step);
  increment(base, <u16>(<usize>bin * TILE + lane));
  const wide = <f64>x;
  const square = wide * wide;
  const at = sums + column * 8;
  const power = stride * 8;
  store<f64>(at, load<f64>(at) + wide);
  store<f64>(at + power, load<f64>(at + power) + square);
  store<f64>(at + 2 * power, load<f64>(at + 2 * power) + square * wide);
  store<f64>(at + 3 * power, load<f64>(at + 3 * power) + square * square);
  const cell = (<usize>window * stride + column) * 4;
  if (x > load<f32>(highs + cell)) {
    store<f32>(highs + cell, x);
    store<i32>(highsAt + cell, position);
  }
  if (x < load<f32>(lows + cell)) {
    store<f32>(lows + cell, x);
    store<i32>(lowsAt + cell, position);
  }
}
