import type { NeuronId } from '../../core/neuron-name.js';
import { HISTOGRAM_COLUMNS } from '../format.js';
import { rowAt } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** One non-empty bin: `count` values between `lower` and `upper`; the edge nearer 0 belongs to it. */
export interface Bin {
  lower: number;
  upper: number;
  count: number;
}

/** A neuron's non-empty bins, ascending. */
export function histogramOf(table: SortedTable, id: NeuronId): Bin[] {
  const bins: Bin[] = [];
  for (const { batch, start, end } of table.rowsOf(id)) {
    for (let row = start; row < end; row++) {
      const { lower, upper, count } = rowAt(HISTOGRAM_COLUMNS, batch, row);
      bins.push({ lower, upper, count });
    }
  }
  return bins;
}
