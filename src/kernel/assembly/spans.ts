/*
 * What labels of spans ask of activations and neurons, a strip of some tiles at a time: the loops of
 * accumulate/span-loops.ts. Arrays of a strip hold a value a neuron, whole tiles; what lies behind a layer's last
 * neuron is computed like the rest, and means nothing.
 */
import { INFINITE, MAGNITUDE, ROW, TILE } from './layout';
import { sumTile } from './rows';

/** The tokens of a window, a tile's together: token t of a tile at t · ROW. */
let packed: usize = 0;
/** From tile to tile: a line more than the tokens take, so that equal tokens fall in different sets of the cache. */
let packedTile: usize = 0;
/** Octave and step, as bits of a float32 have them, of the first step that is not in the bin of zero. */
let lowest: i32 = 0;
/** Bins of one sign. */
let half: i32 = 0;
/** In place of a bin; 0xff: bins have 8 bits, else 16. */
let none: i32 = 0;

/** @param tokens_ that there is room for */
export function spanLayout(packed_: usize, tokens_: usize, lowest_: i32, half_: i32, none_: i32): void {
  packed = packed_;
  packedTile = tokens_ * ROW + ROW;
  lowest = lowest_;
  half = half_;
  none = none_;
}

/** Packs rows that follow one another. @param from their first value @param token number of the first */
export function packSpans(from: usize, neurons: usize, count: i32, token: usize, tiles: usize): void {
  let into = packed + token * ROW;
  for (let row = 0; row < count; row++) {
    let source = from;
    let to = into;
    for (let tile: usize = 0; tile < tiles; tile++) {
      v128.store(to, v128.load(source));
      v128.store(to, v128.load(source, 16), 16);
      v128.store(to, v128.load(source, 32), 32);
      v128.store(to, v128.load(source, 48), 48);
      source += ROW;
      to += packedTile;
    }
    from += neurons * 4;
    into += ROW;
  }
}

/** Σ of packed tokens in float64, one after the other. @param tokens numbers times TILE (i32) @param into f64 a neuron */
export function sumSpans(tokens: usize, count: i32, tiles: usize, into: usize): void {
  const end = tokens + <usize>count * 4;
  let column = packed;
  memory.fill(into, 0, tiles * TILE * 8);
  for (let tile: usize = 0; tile < tiles; tile++) {
    sumTile(column, tokens, end, into);
    column += packedTile;
    into += TILE * 8;
  }
}

/** Mean inside less mean outside. */
export function differSpans(
  all: usize,
  inside: usize,
  tokensInside: f64,
  tokensOutside: f64,
  tiles: usize,
  into: usize,
): void {
  const insides = f64x2.splat(tokensInside);
  const outsides = f64x2.splat(tokensOutside);
  for (const end = into + tiles * TILE * 8; into < end; into += 16) {
    const sum = v128.load(inside);
    const others = f64x2.sub(v128.load(all), sum);
    v128.store(into, f64x2.sub(f64x2.div(sum, insides), f64x2.div(others, outsides)));
    inside += 16;
    all += 16;
  }
}

/** The largest float32. */
const MOST: f64 = 3.4028234663852886e38;

/** Adds differences and their squares to sums, NaN to none, and bins them as float32, the largest where they are beyond. */
export function tallySpans(differences: usize, sums: usize, squares: usize, tiles: usize, bins: usize): void {
  for (const end = differences + tiles * TILE * 8; differences < end; differences += TILE * 8) {
    const a = tallyFour(differences, sums, squares);
    const b = tallyFour(differences + 32, sums + 32, squares + 32);
    const c = tallyFour(differences + 64, sums + 64, squares + 64);
    const d = tallyFour(differences + 96, sums + 96, squares + 96);
    bins = storeBins(bins, a, b, c, d);
    sums += TILE * 8;
    squares += TILE * 8;
  }
}

/** @returns the four as float32 */
function tallyFour(differences: usize, sums: usize, squares: usize): v128 {
  const left = tallyTwo(differences, sums, squares);
  const right = tallyTwo(differences + 16, sums + 16, squares + 16);
  return v128.shuffle<f32>(left, right, 0, 1, 4, 5);
}

function tallyTwo(differences: usize, sums: usize, squares: usize): v128 {
  const d = v128.load(differences);
  const isOne = f64x2.eq(d, d);
  const sum = v128.load(sums);
  const square = v128.load(squares);
  v128.store(sums, v128.bitselect(f64x2.add(sum, d), sum, isOne));
  v128.store(squares, v128.bitselect(f64x2.add(square, f64x2.mul(d, d)), square, isOne));
  const most = f64x2.splat(MOST);
  // Each gives its first operand where that is NaN.
  return f32x4.demote_f64x2_zero(f64x2.pmax(f64x2.pmin(d, most), f64x2.neg(most)));
}

/** Bins of activations. */
export function binSpans(values: usize, tiles: usize, bins: usize): void {
  for (const end = values + tiles * ROW; values < end; values += ROW) {
    bins = storeBins(
      bins,
      v128.load(values),
      v128.load(values, 16),
      v128.load(values, 32),
      v128.load(values, 48),
    );
  }
}

/** Stores the bins of a tile's float32. @returns where the next tile's begin */
function storeBins(to: usize, a: v128, b: v128, c: v128, d: v128): usize {
  const left = i16x8.narrow_i32x4_u(binsOfFour(a), binsOfFour(b));
  const right = i16x8.narrow_i32x4_u(binsOfFour(c), binsOfFour(d));
  if (none == 0xff) {
    v128.store(to, i8x16.narrow_i16x8_u(left, right));
    return to + TILE;
  }
  v128.store(to, left);
  v128.store(to, right, 16);
  return to + TILE * 2;
}

/** Exponent and the two highest bits of the mantissa are octave and step, which go from the middle bin to either side. */
function binsOfFour(values: v128): v128 {
  const magnitude = v128.and(values, i32x4.splat(MAGNITUDE));
  const step = i32x4.sub(i32x4.shr_u(magnitude, 21), i32x4.splat(lowest - 1));
  const steps = i32x4.max_s(i32x4.min_s(step, i32x4.splat(half)), i32x4.splat(0));
  const sign = i32x4.shr_s(values, 31);
  const bin = i32x4.add(i32x4.splat(half), i32x4.sub(v128.xor(steps, sign), sign));
  return v128.bitselect(bin, i32x4.splat(none), i32x4.lt_s(magnitude, i32x4.splat(INFINITE)));
}
