import type { ExampleKeys } from '../../profile/read/examples.js';
import type { BinRows } from '../../profile/read/histograms.js';
import type { NeuronRow } from '../../profile/rows.js';
import type { NeuronId } from '../../core/neuron-name.js';
import { jensenShannon, wasserstein, type Distribution } from './distances.js';
import { jaccard, rankBiasedOverlap } from './overlap.js';

/** Measures of how far a neuron moved. NaN stands for null. */
export const MEASURES = ['js', 'w1', 'w1_sigma', 'shift', 'jaccard', 'rbo'] as const;
export type Measure = (typeof MEASURES)[number];

/** What happened to a neuron. */
export const EVENTS = ['died', 'revived', 'broke', 'mended'] as const;
export type Event = (typeof EVENTS)[number];

/** What a neuron is in one of the two profiles. */
export interface Side {
  dead: boolean;
  /** NaN or infinite at least once. */
  broken: boolean;
  activeRate: number;
  mean: number;
  std: number;
}

/** The neuron of B that a neuron of A was matched with, and the correlation of the two. */
export interface Partner {
  neuron: number;
  r: number;
}

/** One neuron, before (A) and after (B); the columns of diff.arrow. */
export interface NeuronDiff extends NeuronId, Record<Measure, number>, Record<Event, boolean> {
  w1Bound: number;
  a: Side;
  b: Side;
  /** Only where neurons are matched; B is it then. */
  partner?: Partner;
}

/** What a profile holds of one neuron; bins and examples null where it has no such table. */
export interface NeuronData {
  row: NeuronRow;
  bins: BinRows | null;
  top: ExampleKeys | null;
}

/** How an example is known: by its document where a profile keeps one a document (or text), else by its place. */
export type KeyOf = (keys: ExampleKeys) => string[];

export function compareNeuron(a: NeuronData, b: NeuronData, keysOf: KeyOf): NeuronDiff {
  const [before, after] = [sideOf(a.row), sideOf(b.row)];
  const { group, layer, neuron } = a.row;
  const binned = a.bins !== null && b.bins !== null;
  const [from, to] = [distributionOf(a), distributionOf(b)];
  const { distance, bound } = binned ? wasserstein(from, to) : { distance: NaN, bound: NaN };
  const kept = a.top !== null && b.top !== null ? ([keysOf(a.top), keysOf(b.top)] as const) : null;
  return {
    group,
    layer,
    neuron,
    js: binned ? jensenShannon(from, to) : NaN,
    w1: distance,
    w1Bound: bound,
    w1_sigma: before.std > 0 ? distance / before.std : NaN,
    shift: standardisedShift(a.row, b.row),
    jaccard: kept === null ? NaN : jaccard(...kept),
    rbo: kept === null ? NaN : rankBiasedOverlap(...kept),
    died: !before.dead && after.dead,
    revived: before.dead && !after.dead && finiteOf(b.row) > 0,
    broke: !before.broken && after.broken,
    mended: before.broken && !after.broken,
    a: before,
    b: after,
  };
}

/** Finite values of a neuron. */
function finiteOf({ count, nan_count, inf_count }: NeuronRow): number {
  return count - nan_count - inf_count;
}

export function sideOf(row: NeuronRow): Side {
  return {
    dead: row.dead,
    broken: row.nan_count + row.inf_count > 0,
    activeRate: row.active_rate ?? NaN,
    mean: row.mean ?? NaN,
    std: row.std ?? NaN,
  };
}

function distributionOf({ row, bins }: NeuronData): Distribution {
  return {
    bins: bins ?? NO_BINS,
    finite: finiteOf(row),
    min: row.min ?? NaN,
    max: row.max ?? NaN,
    mean: row.mean ?? NaN,
    zero: row.zero_count,
    clampedLow: row.clamped_low,
    clampedHigh: row.clamped_high,
  };
}

const NO_BINS: BinRows = {
  lower: new Float64Array(0),
  upper: new Float64Array(0),
  count: new Float64Array(0),
  size: 0,
};

/**
 * Standardised mean shift (mean_B − mean_A) / σ, Cohen's d (1988, §2.2) with
 * the pooled σ² = (n_A·σ_A² + n_B·σ_B²) / (n_A + n_B) over the finite values.
 * @returns 0 where the means are equal; NaN where a figure is null, or where σ is 0 and they differ
 */
function standardisedShift(a: NeuronRow, b: NeuronRow): number {
  if (a.mean === null || b.mean === null) return NaN;
  if (a.mean === b.mean) return 0;
  if (a.variance === null || b.variance === null) return NaN;
  const [na, nb] = [finiteOf(a), finiteOf(b)];
  const pooled = Math.sqrt((na * a.variance + nb * b.variance) / (na + nb));
  return pooled > 0 ? (b.mean - a.mean) / pooled : NaN;
}
