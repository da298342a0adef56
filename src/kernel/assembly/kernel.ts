/*
 * One layer's activations of one batch, 16 neurons (a tile) at a time: packed,
 * then sums with bins, counts and extremes, each in a pass of its own over what
 * is in the first caches. Written in AssemblyScript.
 */
import { takeBroken } from './broken';
import { addClamped, addCounts } from './counts';
import { findExtremes } from './extremes';
import {
  activations,
  CHUNK,
  GROUP,
  INFINITE,
  limit,
  MAGNITUDE,
  neurons,
  PACKED,
  PACKED_TILE,
  ROW,
  scratch,
  SEGMENT,
  SEGMENTS,
  stride,
  TILE,
} from './layout';
import { addSumsAndBins } from './sums';

export { layer, results, scratchBytes } from './layout';
export { sumRows } from './rows';
export { binSpans, differSpans, packSpans, spanLayout, sumSpans, tallySpans } from './spans';

/** Rows and segments packed so far. */
let rows: i32 = 0;
let segments: i32 = 0;

/**
 * Takes in the counted runs of a batch: three i32 each (window, first position,
 * one past the last); position p of window w is row w · length + p. Of the
 * columns those from `first`, which begins a tile, to before `last`, which ends one.
 */
export function add(runs: usize, runCount: i32, length: i32, first: usize, last: usize): void {
  for (let column = first; column < last; column += GROUP) {
    const tiles = min(GROUP, last - column) / TILE;
    for (let r = 0; r < runCount; r++) {
      const at = runs + <usize>r * 12;
      const window = load<i32>(at);
      const end = load<i32>(at, 8);
      let position = load<i32>(at, 4);
      while (position < end) {
        const taken = min(CHUNK - rows, end - position);
        pack(activations + (<usize>(window * length + position) * neurons + column) * 4, tiles, taken);
        note(window, position, taken);
        position += taken;
        if (rows == CHUNK) takeGroup(column, tiles);
      }
    }
    if (rows > 0) takeGroup(column, tiles);
  }
}

/** Appends rows of a group to its tiles; −0 becomes +0. */
function pack(from: usize, tiles: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const end = rows + count;
  for (let row = rows; row < end; row++) {
    let to = scratch + PACKED + <usize>row * ROW;
    let source = from;
    for (let tile: usize = 0; tile < tiles; tile++) {
      v128.store(to, f32x4.add(v128.load(source), zero));
      v128.store(to, f32x4.add(v128.load(source, 16), zero), 16);
      v128.store(to, f32x4.add(v128.load(source, 32), zero), 32);
      v128.store(to, f32x4.add(v128.load(source, 48), zero), 48);
      source += ROW;
      to += PACKED_TILE;
    }
    from += neurons * 4;
  }
}

/** Notes where the rows just packed come from. */
function note(window: i32, position: i32, count: i32): void {
  const at = scratch + SEGMENTS + <usize>segments * SEGMENT;
  store<i32>(at, window);
  store<i32>(at, position, 4);
  store<i32>(at, count, 8);
  segments++;
  rows += count;
}

function takeGroup(column: usize, tiles: usize): void {
  for (let tile: usize = 0; tile < tiles; tile++) {
    takeTile(scratch + PACKED + tile * PACKED_TILE, column + tile * TILE);
  }
  rows = 0;
  segments = 0;
}

function takeTile(packed: usize, column: usize): void {
  const end = packed + <usize>rows * ROW;
  // What there is to look for, before the loops: the largest and smallest magnitude.
  const magnitude = i32x4.splat(MAGNITUDE);
  let largest = i32x4.splat(0);
  let smallest = magnitude;
  for (let p = packed; p < end; p += 32) {
    const a = v128.and(v128.load(p), magnitude);
    const b = v128.and(v128.load(p, 16), magnitude);
    largest = i32x4.max_u(largest, i32x4.max_u(a, b));
    smallest = i32x4.min_u(smallest, i32x4.min_u(a, b));
  }
  const most = maxLane(largest);
  if (most >= INFINITE) return takeBroken(packed, column, segments);
  addSumsAndBins(packed, end, column);
  addCounts(packed, end, column, minLane(smallest) == 0);
  if (most >= limit) addClamped(packed, end, column);
  findExtremes(packed, column, segments);
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
