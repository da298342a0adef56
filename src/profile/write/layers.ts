import type { LayerFigures } from '../../accumulate/types.js';
import type { LAYER_COLUMNS } from '../format.js';
import type { ProfileLayer } from '../types.js';
import type { Batch } from './batch.js';

/** The rows of layers.arrow, gathered while the layers pass; a few numbers each. */
export class LayerRows {
  private readonly rows: LayerRow[] = [];
  private readonly groups: readonly string[];
  private readonly activations: readonly string[];

  /** @param dictionaries entries of the dictionaries of `group` and `activation` */
  constructor(dictionaries: { group: readonly string[]; activation: readonly string[] }) {
    this.groups = dictionaries.group;
    this.activations = dictionaries.activation;
  }

  add({ site, figures }: Pick<ProfileLayer, 'site' | 'figures'>): void {
    this.rows.push({
      group: this.groups.indexOf(site.group),
      layer: site.layer,
      d_model: site.dModel,
      d_mlp: site.dMlp,
      activation: this.activations.indexOf(site.activation),
      gated: Number(site.gated),
      ...layerFiguresOf(figures),
    });
  }

  batch(): Batch<typeof LAYER_COLUMNS> {
    const { rows } = this;
    const ints = (of: (row: LayerRow) => number) => Int32Array.from(rows, of);
    const figures = (of: (row: LayerRow) => number) => Float64Array.from(rows, of);
    const columns = {
      group: ints((row) => row.group),
      layer: ints((row) => row.layer),
      d_model: ints((row) => row.d_model),
      d_mlp: ints((row) => row.d_mlp),
      activation: ints((row) => row.activation),
      gated: Uint8Array.from(rows, (row) => row.gated),
      neurons: ints((row) => row.neurons),
      dead_count: ints((row) => row.dead_count),
      broken_count: ints((row) => row.broken_count),
      mean_active_rate: figures((row) => row.mean_active_rate),
      mean_of_means: figures((row) => row.mean_of_means),
      mean_std: figures((row) => row.mean_std),
      median_kurtosis: figures((row) => row.median_kurtosis),
      max: Float32Array.from(rows, (row) => row.max),
      near_zero_share: figures((row) => row.near_zero_share),
      clamped_share: figures((row) => row.clamped_share),
    };
    return { columns, rows: rows.length };
  }
}

type LayerRow = Record<keyof typeof LAYER_COLUMNS, number>;

/** A layer in numbers; NaN where no neuron has the figure. */
function layerFiguresOf(figures: LayerFigures) {
  const { neuron, nan, inf, nearZero, clampedLow, clampedHigh, max } = figures;
  let finite = 0;
  let broken = 0;
  let largest = NaN;
  for (let j = 0; j < neuron.length; j++) {
    finite += figures.count - nan[j]! - inf[j]!;
    if (nan[j]! + inf[j]! > 0) broken++;
    if (max.record[j] !== -1 && !(max.value[j]! <= largest)) largest = max.value[j]!;
  }
  return {
    neurons: neuron.length,
    dead_count: sum(figures.dead),
    broken_count: broken,
    mean_active_rate: mean(figures.activeRate),
    mean_of_means: mean(figures.mean),
    mean_std: mean(figures.std),
    median_kurtosis: median(figures.kurtosis),
    max: largest,
    near_zero_share: sum(nearZero) / finite,
    clamped_share: (sum(clampedLow) + sum(clampedHigh)) / finite,
  };
}

function sum(values: Float64Array | Uint8Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Mean of what is not NaN; NaN where nothing is. */
function mean(values: Float64Array): number {
  const present = values.filter((value) => value === value);
  return sum(present) / present.length;
}

/** Median of what is not NaN (of an even number the mean of the middle two); NaN where nothing is. */
function median(values: Float64Array): number {
  const sorted = values.filter((value) => value === value).sort();
  if (sorted.length === 0) return NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
