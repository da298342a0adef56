import type { ExplainKind } from '../accumulate/explain-kinds.js';

/** What `--explain` asks for, and of how much. */
export interface Explaining {
  kinds: readonly ExplainKind[];
  /** Longest window. */
  context: number;
  /** Ids that there may be; null where nobody says. */
  vocabulary: number | null;
  /** Neurons kept of each layer. */
  neurons: readonly number[];
}

/** Bytes of a cell, one a class and neuron: eight hold it until a sum on its page passes 2^12, as some does in a long run. */
const CELL = 16;
/** Of a class in each layer, whatever its neurons. */
const CLASS = 64;

/** Bytes of one worker: all sums, and one layer's as they are written. */
export function explainBytes(explaining: Explaining): number {
  const all = explaining.neurons.reduce((sum, neurons) => sum + sumBytes(explaining, neurons), 0);
  return all + widestSumBytes(explaining);
}

/** Bytes of the sums of the layer with most neurons. */
export function widestSumBytes(explaining: Explaining): number {
  return sumBytes(explaining, Math.max(0, ...explaining.neurons));
}

function sumBytes({ kinds, context, vocabulary }: Explaining, neurons: number): number {
  const ids = vocabulary ?? 0;
  const classes = { position: context, token: ids, previous: ids + 1 };
  return kinds.reduce((sum, kind) => sum + classes[kind] * (neurons * CELL + CLASS), 0);
}
