/*
 * Where things lie in the memory, and what is asked of them: set by the host
 * before each batch, read by every pass.
 */

/** Neurons of a tile, and of a group that is packed together (a row of 128 touches each page once). */
export const TILE: usize = 16;
export const GROUP: usize = 128;
/** Bytes of a packed tile's row. */
export const ROW: usize = TILE * 4;
/** Rows packed at a time, of as many runs as fill them. */
export const CHUNK: i32 = 256;

/** Scratch: the packed group, its segments, what single passes need. */
export const PACKED: usize = 0;
/** One line more than the rows take, so that equal rows of the eight tiles fall in different sets of the cache. */
export const PACKED_TILE: usize = <usize>CHUNK * ROW + ROW;
/** Parts of the chunk from one run each: window, first position, rows (i32). */
export const SEGMENTS: usize = PACKED + (GROUP / TILE) * PACKED_TILE;
export const SEGMENT: usize = 12;
export const ADDRESSES: usize = SEGMENTS + <usize>CHUNK * SEGMENT;
/** Rows whose counters' addresses are made before they are counted at: few, as these take room in the first cache. */
export const ADDRESSED_ROWS: usize = 32;
export const EXTREMES: usize = ADDRESSES + ADDRESSED_ROWS * ROW;

export function scratchBytes(): usize {
  return EXTREMES + 4 * ROW;
}

/** Kinds of counts, one array of `stride` u32 each, in this order. */
export const ZERO: usize = 0;
export const POSITIVE: usize = 1;
export const ACTIVE: usize = 2;
export const NAN_: usize = 3;
export const PLUS_INF: usize = 4;
export const MINUS_INF: usize = 5;
export const CLAMPED_LOW: usize = 6;
export const CLAMPED_HIGH: usize = 7;

/** Bits of +Inf; of a magnitude, NaN is above. */
export const INFINITE: u32 = 0x7f800000;
export const MAGNITUDE: i32 = 0x7fffffff;

export let activations: usize = 0;
export let neurons: usize = 0;
export let stride: usize = 0;
export let scratch: usize = 0;
export let counters: usize = 0;
export let bins: usize = 0;
export let first: i32 = 0;
export let half: i32 = 0;
export let limit: u32 = 0;
export let threshold: f32 = 0;
export let sums: usize = 0;
export let counts: usize = 0;
export let highs: usize = 0;
export let highsAt: usize = 0;
export let lows: usize = 0;
export let lowsAt: usize = 0;

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
