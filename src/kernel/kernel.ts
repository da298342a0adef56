import type { GateFactors } from '../accumulate/accumulator.js';
import type { AccumulatorSettings, LayerState } from '../accumulate/layer-state.js';
import type { WindowPlace } from '../accumulate/types.js';

/** One batch of a layer, whose activations stand where `activations` said. */
export interface KernelBatch {
  /** Padded length of a window, in positions. */
  length: number;
  /** Runs of counted positions: window, first, one past the last; ascending. */
  runs: Int32Array;
  places: readonly WindowPlace[];
  /** Only where gate cases are kept. */
  factors?: GateFactors | undefined;
  /** As of a batch of accumulate/accumulator.ts. */
  endsLot?: boolean | undefined;
}

/** Takes activations of several layers into their states: a worker's only way from one to the other. */
export interface Kernel {
  /** Where a batch's activations of a layer are to be written: [rows × neurons], row-major. */
  activations(layer: number, rows: number): Float32Array;
  /** Takes what was written there into a state. */
  add(layer: number, into: LayerState, batch: KernelBatch): void;
  /** Puts into a state what is still held back; to be called before it is merged or read. */
  flush(layer: number, into: LayerState): void;
}

/** What a kernel must have room for. */
export interface KernelRoom {
  settings: AccumulatorSettings;
  /** Neurons of each layer. */
  neurons: readonly number[];
  /** Rows (windows × length) and windows of the largest batch. */
  rows: number;
  windows: number;
}
