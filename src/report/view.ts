import type { NeuronId } from '../core/neuron-name.js';
import type { Manifest } from '../profile/types.js';
import type { Bin } from './histogram-blocks.js';

/** What the renderers ask of a profile; rows have the names of the files' columns (design: on disk). */
export interface ProfileView {
  manifest: Omit<Manifest, 'files' | 'sha256'>;
  /** Whether the profile has this table: `topk` writes no figures, `stats` no examples. */
  has(table: 'neurons' | 'examples' | 'histograms' | 'layers'): boolean;
  /** In the order of the model; none where the table is missing. */
  layers(): Iterable<LayerRow>;
  /** In the order of the model; none where the table is missing. */
  neurons(): Iterable<NeuronRow>;
  neuron(id: NeuronId): NeuronRow | null;
  /** Best first; none where the table is missing. */
  examplesOf(id: NeuronId, side: 'top' | 'bottom'): readonly ExampleRow[];
  /** Positions of each neuron's top examples, a list a neuron; none where the table is missing. */
  topPositions(): Iterable<readonly number[] | Int32Array>;
  /** Ascending; none where the table is missing. */
  histogramOf(id: NeuronId): readonly Bin[];
}

export interface LayerRow {
  group: string;
  layer: number;
  d_model: number;
  d_mlp: number;
  activation: string;
  gated: boolean;
  neurons: number;
  dead_count: number;
  broken_count: number;
  mean_active_rate: number | null;
  mean_of_means: number | null;
  mean_std: number | null;
  median_kurtosis: number | null;
  max: number | null;
  near_zero_share: number | null;
  clamped_share: number | null;
}

export interface NeuronRow extends NeuronId {
  count: number;
  zero_count: number;
  positive_count: number;
  active_count: number;
  nan_count: number;
  inf_count: number;
  active_rate: number | null;
  dead: boolean;
  mean: number | null;
  std: number | null;
  skewness: number | null;
  kurtosis: number | null;
  min: number | null;
  max: number | null;
  min_document: number | null;
  min_position: number | null;
  max_document: number | null;
  max_position: number | null;
  q01: number | null;
  q05: number | null;
  q25: number | null;
  median: number | null;
  q75: number | null;
  q95: number | null;
  q99: number | null;
  near_zero_count: number;
  clamped_low: number;
  clamped_high: number;
}

export interface ExampleRow {
  value: number;
  document: number;
  id: string | null;
  file: string;
  line: number;
  window: number;
  position: number;
  context_start: number;
  /** null without a tokenizer. */
  context_tokens: readonly (string | null)[] | null;
  context_ids: ArrayLike<number>;
}
