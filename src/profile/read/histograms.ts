import type { NeuronId } from '../../core/neuron-name.js';
import { HISTOGRAM_COLUMNS } from '../format.js';
import { countsOf, doublesOf, rowReader } from './row.js';
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
    const at = rowReader(HISTOGRAM_COLUMNS, batch);
    for (let row = start; row < end; row++) {
      const { lower, upper, count } = at(row);
      bins.push({ lower, upper, count });
    }
  }
  return bins;
}

/** A neuron's non-empty bins, ascending, as columns of which the first `size` entries count. */
export interface BinRows {
  lower: Float64Array;
  upper: Float64Array;
  count: Float64Array;
  size: number;
}

/**
 * The histograms of many neurons in one walk; see `SortedTable.walk`.
 * @returns what each call gives is overwritten by the next
 */
export function histogramWalk(table: SortedTable | null): (id: NeuronId) => BinRows {
  let bins: BinRows = binRows(1024);
  const rowsOf = table?.walk();
  return (id) => {
    bins.size = 0;
    for (const { batch, start, end } of rowsOf?.(id) ?? []) {
      const size = bins.size + end - start;
      if (size > bins.count.length) bins = grown(bins, 2 * size);
      bins.lower.set(doublesOf(batch, 'lower').subarray(start, end), bins.size);
      bins.upper.set(doublesOf(batch, 'upper').subarray(start, end), bins.size);
      const count = countsOf(batch, 'count');
      for (let row = start; row < end; row++) bins.count[bins.size + row - start] = count(row);
      bins.size = size;
    }
    return bins;
  };
}

function binRows(most: number): BinRows {
  const column = () => new Float64Array(most);
  return { lower: column(), upper: column(), count: column(), size: 0 };
}

function grown({ lower, upper, count, size }: BinRows, most: number): BinRows {
  const bins = { ...binRows(most), size };
  bins.lower.set(lower);
  bins.upper.set(upper);
  bins.count.set(count);
  return bins;
}
