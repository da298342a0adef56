import { formatLayer, type NeuronId } from '../core/neuron-name.js';
import { percent } from './numbers.js';
import { wrap } from './text-table.js';
import type { NeuronRow } from './view.js';

/** Share of a layer's values near zero, but not zero, from which small values deserve bins of their own. */
const MUCH_NEAR_ZERO = 0.2;
/** Share that a lower LOW should bring it down to. */
const LITTLE_NEAR_ZERO = 0.05;
/** Share of clamped values from which the bins should reach further. */
const MUCH_CLAMPED = 0.001;
/** What `--sketch-range` takes. */
const LOWEST = -126;
const HIGHEST = 127;

/** What is read of a neuron. */
export const FIT_COLUMNS = [
  ...(['group', 'layer', 'count', 'nan_count', 'inf_count', 'zero_count', 'near_zero_count'] as const),
  ...(['clamped_low', 'clamped_high', 'min', 'max'] as const),
] as const;
type FitRow = Pick<NeuronRow, (typeof FIT_COLUMNS)[number]>;

/** What of a layer the histogram could not resolve. */
export interface SketchFit extends Omit<NeuronId, 'neuron'> {
  /** Share of finite values nearer zero than 2^LOW, exact zeros (which need no bin) left out. */
  nearZero: number;
  clamped: number;
  /** Largest magnitude seen. */
  largest: number;
}

/** Sums up what the sketch of each layer could not resolve. */
export function sketchFits(neurons: Iterable<FitRow>): SketchFit[] {
  const layers = new Map<string, SketchFit & { finite: number }>();
  for (const row of neurons) {
    const key = formatLayer(row.group, row.layer);
    const fit = layers.get(key) ?? {
      group: row.group,
      layer: row.layer,
      nearZero: 0,
      clamped: 0,
      largest: 0,
      finite: 0,
    };
    layers.set(key, fit);
    fit.finite += row.count - row.nan_count - row.inf_count;
    fit.nearZero += row.near_zero_count - row.zero_count;
    fit.clamped += row.clamped_low + row.clamped_high;
    fit.largest = Math.max(fit.largest, Math.abs(row.min ?? 0), Math.abs(row.max ?? 0));
  }
  return Array.from(layers.values(), ({ finite, ...fit }) => ({
    ...fit,
    nearZero: finite === 0 ? 0 : fit.nearZero / finite,
    clamped: finite === 0 ? 0 : fit.clamped / finite,
  }));
}

/**
 * The range that would serve these layers, or null where the present one does.
 *
 * HIGH: the smallest power of two above the largest magnitude. LOW: a density
 * that is even around zero has a share that halves with each octave, so as many
 * octaves lower as bring the largest share to 5 %.
 */
export function betterRange(
  fits: readonly SketchFit[],
  [low, high]: readonly [low: number, high: number],
): [low: number, high: number] | null {
  const nearZero = Math.max(0, ...fits.map((fit) => fit.nearZero));
  const clamped = Math.max(0, ...fits.map((fit) => fit.clamped));
  const largest = Math.max(0, ...fits.map((fit) => fit.largest));
  const lower = nearZero > MUCH_NEAR_ZERO ? low - Math.ceil(Math.log2(nearZero / LITTLE_NEAR_ZERO)) : low;
  const higher = clamped > MUCH_CLAMPED ? Math.floor(Math.log2(largest)) + 1 : high;
  if (lower === low && higher === high) return null;
  return [Math.max(LOWEST, lower), Math.min(HIGHEST, Math.max(high, higher))];
}

/** Which layers the histogram's bins do not fit, and which `--sketch-range` would; nothing where they do. */
export function sketchAdvice(
  neurons: Iterable<FitRow>,
  range: readonly [number, number],
  width: number,
): string[] {
  const fits = sketchFits(neurons);
  const better = betterRange(fits, range);
  if (better === null) return [];
  const near = fits.filter((fit) => fit.nearZero > MUCH_NEAR_ZERO);
  const clamped = fits.filter((fit) => fit.clamped > MUCH_CLAMPED);
  const sentences: string[] = [];
  if (near.length > 0) {
    sentences.push(
      `In ${list(near, 'nearZero')} many values that are not zero lie nearer zero than 2^${range[0]}, in one bin.`,
    );
  }
  if (clamped.length > 0) {
    sentences.push(`In ${list(clamped, 'clamped')} many lie beyond 2^${range[1]}, where quantiles are null.`);
  }
  return wrap(`${sentences.join(' ')} --sketch-range=${better.join(':')} would serve.`, width, '  ');
}

function list(fits: readonly SketchFit[], share: 'nearZero' | 'clamped'): string {
  const named = fits
    .slice(0, 4)
    .map((fit) => `${formatLayer(fit.group, fit.layer)} (${percent(fit[share])})`);
  return named.join(', ') + (fits.length > 4 ? ` and ${fits.length - 4} more layers` : '');
}
