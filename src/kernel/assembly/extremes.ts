import {
  EXTREMES,
  highs,
  highsAt,
  lows,
  lowsAt,
  ROW,
  scratch,
  SEGMENT,
  SEGMENTS,
  stride,
  TILE,
} from './layout';

/** Rows of which the largest and smallest value are found before it is asked whether they lead. */
const GROUPED_ROWS: usize = 8;

/** Of a segment, for each column: the largest so far, the address of the first group that holds it, the smallest, its group. */
const HIGH_GROUP: usize = ROW;
const LOW: usize = 2 * ROW;
const LOW_GROUP: usize = 3 * ROW;

/**
 * The largest and smallest value of each window and their first positions: a
 * later one must be larger, or smaller. No value is NaN or infinite.
 */
export function findExtremes(packed: usize, column: usize, segments: i32): void {
  const found = scratch + EXTREMES;
  for (let s = 0; s < segments; s++) {
    const at = scratch + SEGMENTS + <usize>s * SEGMENT;
    const end = packed + <usize>load<i32>(at, 8) * ROW;
    const position = load<i32>(at, 4);
    const cell = (<usize>load<i32>(at) * stride + column) * 4;
    findGroups(packed, end);
    for (let lane: usize = 0; lane < ROW; lane += 4) {
      const high = load<f32>(found + lane);
      if (high > load<f32>(highs + cell + lane)) {
        store<f32>(highs + cell + lane, high);
        store<i32>(
          highsAt + cell + lane,
          position + rowOf(high, load<u32>(found + lane, HIGH_GROUP), packed, lane),
        );
      }
      const low = load<f32>(found + lane, LOW);
      if (low < load<f32>(lows + cell + lane)) {
        store<f32>(lows + cell + lane, low);
        store<i32>(
          lowsAt + cell + lane,
          position + rowOf(low, load<u32>(found + lane, LOW_GROUP), packed, lane),
        );
      }
    }
    packed = end;
  }
}

/**
 * Row of the first place in a group where `value` stands, without a branch that
 * none could predict. What lies behind a shorter last group comes after it.
 */
function rowOf(value: f32, group: usize, packed: usize, lane: usize): i32 {
  const at = group + lane;
  const wanted = f32x4.splat(value);
  const a = f32x4.eq(columnOf(at), wanted);
  const b = f32x4.eq(columnOf(at + 4 * ROW), wanted);
  const found = i32x4.bitmask(a) | (i32x4.bitmask(b) << 4);
  return <i32>((group - packed) / ROW) + ctz(found);
}

/** Four rows of one column. */
function columnOf(at: usize): v128 {
  let rows = v128.load32_zero(at);
  rows = v128.load_lane<f32>(at, rows, 1, ROW);
  rows = v128.load_lane<f32>(at, rows, 2, 2 * ROW);
  return v128.load_lane<f32>(at, rows, 3, 3 * ROW);
}

/** Fills in the extremes of a segment, with their groups. */
function findGroups(packed: usize, end: usize): void {
  const found = scratch + EXTREMES;
  for (let lane: usize = 0; lane < ROW; lane += 16) {
    v128.store(found + lane, f32x4.splat(-Infinity));
    v128.store(found + lane, f32x4.splat(Infinity), LOW);
    v128.store(found + lane, i32x4.splat(0), HIGH_GROUP);
    v128.store(found + lane, i32x4.splat(0), LOW_GROUP);
  }
  for (let group = packed; group < end; group += GROUPED_ROWS * ROW) {
    const stop = min(end, group + GROUPED_ROWS * ROW);
    let highA = v128.load(group);
    let highB = v128.load(group, 16);
    let highC = v128.load(group, 32);
    let highD = v128.load(group, 48);
    let lowA = highA;
    let lowB = highB;
    let lowC = highC;
    let lowD = highD;
    for (let p = group + ROW; p < stop; p += ROW) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      const c = v128.load(p, 32);
      const d = v128.load(p, 48);
      highA = f32x4.pmax(highA, a);
      highB = f32x4.pmax(highB, b);
      highC = f32x4.pmax(highC, c);
      highD = f32x4.pmax(highD, d);
      lowA = f32x4.pmin(lowA, a);
      lowB = f32x4.pmin(lowB, b);
      lowC = f32x4.pmin(lowC, c);
      lowD = f32x4.pmin(lowD, d);
    }
    lead(found, highA, lowA, group);
    lead(found + 16, highB, lowB, group);
    lead(found + 32, highC, lowC, group);
    lead(found + 48, highD, lowD, group);
  }
}

/** Groups come in ascending order, so the larger of two addresses is the later one. */
function lead(at: usize, high: v128, low: v128, group: usize): void {
  const here = i32x4.splat(<i32>group);
  const highest = v128.load(at);
  const lowest = v128.load(at, LOW);
  v128.store(at, f32x4.pmax(highest, high));
  v128.store(at, f32x4.pmin(lowest, low), LOW);
  const higher = v128.and(here, f32x4.gt(high, highest));
  const lower = v128.and(here, f32x4.lt(low, lowest));
  v128.store(at, i32x4.max_u(v128.load(at, HIGH_GROUP), higher), HIGH_GROUP);
  v128.store(at, i32x4.max_u(v128.load(at, LOW_GROUP), lower), LOW_GROUP);
}
