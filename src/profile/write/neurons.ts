import type { Extremes } from '../../accumulate/extremes.js';
import type { LayerFigures } from '../../accumulate/types.js';
import type { ExplainedLayer } from '../explained.js';
import type { NEURON_COLUMNS } from '../format.js';
import { keyColumns, type Batch, type LayerKey } from './batch.js';

/** A layer's rows of neurons.arrow. @param recordsBefore records in the files before each file */
export function neuronBatch(
  key: LayerKey,
  figures: LayerFigures,
  recordsBefore: readonly number[],
  explained: ExplainedLayer | null,
): Batch<typeof NEURON_COLUMNS> {
  const rows = figures.neuron.length;
  const min = extremeColumns(figures.min, recordsBefore);
  const max = extremeColumns(figures.max, recordsBefore);
  const [q01, q05, q25, median, q75, q95, q99] = figures.quantiles as [...Seven];
  const columns = {
    ...keyColumns(key, rows),
    neuron: figures.neuron,
    count: new Float64Array(rows).fill(figures.count),
    zero_count: figures.zero,
    positive_count: figures.positive,
    active_count: figures.active,
    nan_count: figures.nan,
    inf_count: figures.inf,
    active_rate: figures.activeRate,
    dead: figures.dead,
    mean: figures.mean,
    variance: figures.variance,
    std: figures.std,
    skewness: figures.skewness,
    kurtosis: figures.kurtosis,
    min: min.value,
    max: max.value,
    min_document: min.document,
    min_window: min.window,
    min_position: min.position,
    min_token_id: min.tokenId,
    max_document: max.document,
    max_window: max.window,
    max_position: max.position,
    max_token_id: max.tokenId,
    q01,
    q05,
    q25,
    median,
    q75,
    q95,
    q99,
    near_zero_count: figures.nearZero,
    clamped_low: figures.clampedLow,
    clamped_high: figures.clampedHigh,
    ...(explained === null ? {} : explainedColumns(explained)),
  };
  return { columns, rows };
}

/** The columns that `--explain` adds. */
function explainedColumns({ kinds, explainedBy }: ExplainedLayer) {
  const figures = kinds.flatMap(({ kind, eta2, epsilon2 }) => [
    [`eta2_${kind}`, eta2],
    [`epsilon2_${kind}`, epsilon2],
  ]);
  return { ...(Object.fromEntries(figures) as Record<string, Float64Array>), explained_by: explainedBy };
}

type Seven = [A, A, A, A, A, A, A];
type A = Float64Array;

/** An extreme with its place; null (NaN, −1) where no value was finite. */
function extremeColumns(extremes: Extremes, recordsBefore: readonly number[]) {
  const { value, file, record, window, position, tokenId } = extremes;
  const orNone = (of: (j: number) => number) => Int32Array.from(record, (at, j) => (at === -1 ? -1 : of(j)));
  return {
    value: Float32Array.from(value, (x, j) => (record[j] === -1 ? NaN : x)),
    document: orNone((j) => recordsBefore[file[j]!]! + record[j]!),
    window: orNone((j) => window[j]!),
    position: orNone((j) => position[j]!),
    tokenId: orNone((j) => tokenId[j]!),
  };
}
