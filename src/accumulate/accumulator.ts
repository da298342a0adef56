import type { WindowPlace } from './types.js';

/**
 * One layer's activations of one batch, and which of them count.
 *
 * `activations` is [windows × length × neurons], row-major: position p of window
 * w is row w · length + p. NaN and ±Inf may stand in it.
 */
export interface Batch {
  activations: Float32Array;
  neurons: number;
  /** Padded length of a window, in positions. */
  length: number;
  /** Runs of counted positions, three numbers each: window, first position, one past the last; ascending. */
  runs: Int32Array;
  /** One a window of the batch. */
  places: readonly WindowPlace[];
  /** The factors of gated FFNs' products, like `activations`; only where gate cases are kept. */
  factors?: GateFactors | undefined;
  /** Whether a lot of batches ends here, whose sums by label are added up together (span-sum-log.ts); absent: it does. */
  endsLot?: boolean | undefined;
  /** Filled by `scanWindows`, which the kernel calls before extremes and examples are added. */
  windows: WindowExtremes;
}

/** What is multiplied in a gated FFN: the gate's activation, act(gate), and the other factor. */
export interface GateFactors {
  act: Float32Array;
  up: Float32Array;
}

/**
 * Largest and smallest finite counted value of each window and neuron, with the
 * first position that holds it: entry w · neurons + j. A position of −1: no
 * finite value.
 */
export interface WindowExtremes {
  max: Float32Array;
  argmax: Int32Array;
  min: Float32Array;
  argmin: Int32Array;
}

/** A commutative monoid: `merge` is exact in any order and grouping; `empty` changes nothing. */
export interface Accumulator<State> {
  readonly name: string;
  empty(neurons: number): State;
  add(into: State, batch: Batch): void;
  /**
   * Adds neurons [first, end) alone, whose extremes `batch.windows` holds; `add` is all of them. Where an accumulator
   * has it, a kernel may take a batch in strips.
   */
  addColumns?(into: State, batch: Batch, first: number, end: number): void;
  /** Adds `from` to `into` in place; `from` stays as it is. */
  merge(into: State, from: State): void;
}

/** Counted positions of a batch. */
export function countedRows(batch: Batch): number {
  let rows = 0;
  for (let r = 0; r < batch.runs.length; r += 3) rows += batch.runs[r + 2]! - batch.runs[r + 1]!;
  return rows;
}
