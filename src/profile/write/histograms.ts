import type { HistogramRows } from '../../accumulate/types.js';
import type { HISTOGRAM_COLUMNS } from '../format.js';
import { keyColumns, slices, type Batch, type LayerKey } from './batch.js';

/** Rows of a record batch: 32 bytes each, so 32 MiB. */
const MOST_ROWS = 1 << 20;

/** A layer's rows of histograms.arrow. */
export function* histogramBatches(
  key: LayerKey,
  { neuron, lower, upper, count }: HistogramRows,
): Iterable<Batch<typeof HISTOGRAM_COLUMNS>> {
  for (const [start, end] of slices(neuron.length, MOST_ROWS)) {
    const columns = {
      ...keyColumns(key, end - start),
      neuron: neuron.subarray(start, end),
      lower: lower.subarray(start, end),
      upper: upper.subarray(start, end),
      count: count.subarray(start, end),
    };
    yield { columns, rows: end - start };
  }
}
