import type { Batch } from './accumulator.js';
import type { WindowRows } from './span-rows.js';

/** Neurons that are taken together, at most: what is held of them stays in the first caches. */
export const STRIP = 128;

/** Neurons [from, from + width) of a layer, `width` ≤ STRIP. */
export interface Strip {
  from: number;
  width: number;
}

/**
 * The loops over tokens and neurons that labels of spans take, a strip at a time. Entry j of each array is of neuron
 * from + j; those behind `width` may hold anything.
 */
export interface SpanLoops {
  /** Places of tallies that there is room for. */
  readonly places: number;
  /** Σ of a window's or document's tokens, and of those inside a label's spans. */
  readonly all: Float64Array;
  readonly inside: Float64Array;
  /** Mean inside less mean outside; NaN: there is none. */
  readonly differences: Float64Array;
  /** Σd, then Σd², of place p from p · 2 · STRIP. Who tallies sets them first. */
  readonly tallies: Float64Array;
  /** Bins of the last values that were binned, as they lie in memory (logged-bins.ts). */
  readonly binWords: Uint32Array;
  /** Makes ready for `sum` the tokens of a window. */
  load(batch: Batch, rows: WindowRows, strip: Strip): void;
  /** Sums some of these, each neuron's in the order given, from +0. @param into `all` or `inside` */
  sum(tokens: Int32Array, into: Float64Array, strip: Strip): void;
  /** Makes `differences` of `all` and `inside`, which are of so many tokens, at least one each. */
  differ(inside: number, outside: number, strip: Strip): void;
  /** Adds `differences` to a place's tallies, and bins them as float32, the largest where they are beyond. */
  tally(place: number, strip: Strip): void;
  /** Bins the activations of a row. */
  bin(batch: Batch, row: number, strip: Strip): void;
}

/** The largest float32: the difference of two may be larger, and is finite all the same. */
export const MOST = (2 - 2 ** -23) * 2 ** 127;
