import { countersOf, increment } from './bins';
import { count } from './counts';
import {
  ACTIVE,
  CLAMPED_HIGH,
  CLAMPED_LOW,
  first,
  half,
  highs,
  highsAt,
  INFINITE,
  limit,
  lows,
  lowsAt,
  MAGNITUDE,
  MINUS_INF,
  NAN_,
  PLUS_INF,
  POSITIVE,
  ROW,
  scratch,
  SEGMENT,
  SEGMENTS,
  stride,
  sums,
  threshold,
  TILE,
  ZERO,
} from './layout';

/** A tile that holds NaN or infinity: value by value. */
export function takeBroken(packed: usize, column: usize, segments: i32): void {
  const base = countersOf(column);
  for (let s = 0; s < segments; s++) {
    const at = scratch + SEGMENTS + <usize>s * SEGMENT;
    const window = load<i32>(at);
    const position = load<i32>(at, 4);
    const rows = load<i32>(at, 8);
    for (let row = 0; row < rows; row++) {
      for (let lane: usize = 0; lane < TILE; lane++) {
        takeValue(load<f32>(packed + lane * 4), column + lane, lane, base, window, position + row);
      }
      packed += ROW;
    }
  }
}

function takeValue(x: f32, column: usize, lane: usize, base: usize, window: i32, position: i32): void {
  const bits = reinterpret<u32>(x);
  const size = bits & MAGNITUDE;
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
  increment(base + (<usize>bin * TILE + lane) * 2);
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
