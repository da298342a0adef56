import { isDead, type NeuronColumns } from './neuron-columns.js';

/** Why neurons stand in this order, in words. */
export const RANK_WORDS = {
  figures: 'excess kurtosis × max / σ, dead neurons left out',
  examples: 'the most selective neurons first, then by the largest activation',
} as const;

/**
 * Worth of a neuron's examples to a reader: excess kurtosis × max / σ, of the float32 figures.
 * @returns −Infinity for a dead neuron; NaN where a figure is missing or σ is 0
 */
export function rankOf(columns: NeuronColumns, row: number): number {
  if (isDead(columns, row)) return -Infinity;
  const { kurtosis, max, std } = columns;
  return std[row]! > 0 ? (kurtosis[row]! * max[row]!) / std[row]! : NaN;
}

/** Rows, the largest rank first, then those of NaN, then those of −Infinity; of equals the first. */
export function inRankOrder(ranks: Float64Array): Int32Array {
  const key = Float64Array.from(ranks, (rank) => (Number.isNaN(rank) ? -Number.MAX_VALUE : rank));
  return Int32Array.from(ranks.keys()).sort((a, b) => compare(key[b]!, key[a]!) || a - b);
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
