import type { SketchRange } from '../../accumulate/bin-of.js';
import type { ConceptSort } from '../../profile/read/concepts.js';
import { F1Statistic } from './f1-statistic.js';
import { LINEAR_STATISTICS, LinearStatistic } from './linear-statistic.js';

/** A label that is tested, among the documents that have its field. */
export interface ShuffledLabel {
  /** Which of them have it, ascending. */
  rows: Uint16Array;
  /** How many do not. */
  others: number;
}

/** How well up to TILE neurons tell a label of some documents. */
export interface Statistic {
  /** Takes the values of these neurons: of each one a document, all finite. */
  prepare(columns: readonly Float32Array[]): void;
  /**
   * Sets out[t] to the statistic of neuron t where the labels have been moved as a shuffle says: its sign says which
   * way, its size how well. NaN where the neuron has no such figure, whatever the shuffle.
   * @param orders shuffles (shuffles.ts), of which one begins at `offset`
   */
  of(label: ShuffledLabel, orders: Uint16Array, offset: number, out: Float64Array): void;
}

/** The statistic by which `concepts --sort` ranks. @param halves of each document (document-half.ts) */
export function statisticOf(sort: ConceptSort, range: SketchRange, halves: Uint8Array): Statistic {
  return sort === 'f1'
    ? new F1Statistic(range, halves)
    : new LinearStatistic(LINEAR_STATISTICS[sort](range), halves.length);
}
