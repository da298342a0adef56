import { binCount, halfBins, type SketchRange } from './bin-of.js';
import type { LayerState } from './layer-state.js';
import { powerSums } from './moments.js';
import { quantile } from './quantile.js';
import { QUANTILES, type LayerFigures } from './types.js';

/** Largest relative error that cancellation may leave in a figure before it is withheld. */
export const CANCELLATION = 1e-4;

/**
 * The figures of a layer's neurons.
 * @param neurons column of each kept neuron in the layer's activation
 */
export function layerFigures(state: LayerState, neurons: Int32Array, range: SketchRange): LayerFigures {
  const { counts, sketch, max, min } = state;
  const size = neurons.length;
  const column = () => new Float64Array(size);
  const figures: LayerFigures = {
    neuron: neurons,
    count: counts.tokens,
    zero: Float64Array.from(counts.zero),
    positive: Float64Array.from(counts.positive),
    active: Float64Array.from(counts.active),
    nan: Float64Array.from(counts.nan),
    inf: Float64Array.from(counts.positiveInfinity, (count, j) => count + counts.negativeInfinity[j]!),
    activeRate: column(),
    dead: new Uint8Array(size),
    mean: column(),
    variance: column(),
    std: column(),
    skewness: column(),
    kurtosis: column(),
    min,
    max,
    quantiles: QUANTILES.map(column),
    nearZero: column(),
    clampedLow: Float64Array.from(sketch.clampedLow),
    clampedHigh: Float64Array.from(sketch.clampedHigh),
  };
  const perNeuron = binCount(range);
  for (let j = 0; j < size; j++) {
    const finite = counts.tokens - figures.nan[j]! - figures.inf[j]!;
    const bins = sketch.bins.subarray(j * perNeuron, (j + 1) * perNeuron);
    figures.activeRate[j] = finite === 0 ? NaN : figures.active[j]! / finite;
    figures.dead[j] = finite > 0 && figures.active[j] === 0 ? 1 : 0;
    figures.nearZero[j] = bins[halfBins(range)]!;
    const shape = momentFigures(powerSums(state.moments, j), finite, min.value[j] === max.value[j]);
    figures.mean[j] = shape.mean;
    figures.variance[j] = shape.variance;
    figures.std[j] = Math.sqrt(shape.variance);
    figures.skewness[j] = shape.skewness;
    figures.kurtosis[j] = shape.kurtosis;
    const binned = {
      range,
      bins,
      clampedLow: figures.clampedLow[j]!,
      clampedHigh: figures.clampedHigh[j]!,
      zero: figures.zero[j]!,
      positive: figures.positive[j]!,
      finite,
      min: min.value[j]!,
      max: max.value[j]!,
    };
    QUANTILES.forEach((q, i) => (figures.quantiles[i]![j] = quantile(binned, q)));
  }
  return figures;
}

/**
 * Mean, variance (divided by n), skewness m₃/m₂^1.5 and excess kurtosis
 * m₄/m₂² − 3 from power sums (Fisher's g₁ and g₂).
 * @returns NaN where there is no value, where a figure is undefined, or where cancellation could exceed 1e-4
 */
export function momentFigures(
  [s1, s2, s3, s4]: readonly [number, number, number, number],
  n: number,
  constant: boolean,
): { mean: number; variance: number; skewness: number; kurtosis: number } {
  if (n === 0) return { mean: NaN, variance: NaN, skewness: NaN, kurtosis: NaN };
  const mean = s1 / n + 0;
  if (constant) return { mean, variance: 0, skewness: NaN, kurtosis: NaN };
  const [e2, e3, e4] = [s2 / n, s3 / n, s4 / n];
  const square = mean * mean;
  const variance = Math.max(0, e2 - square);
  const trusted = (p: number) => (square / variance) ** (p / 2) * 2 ** -52 <= CANCELLATION;
  const m3 = e3 - 3 * mean * e2 + 2 * square * mean;
  const m4 = e4 - 4 * mean * e3 + 6 * square * e2 - 3 * square * square;
  return {
    mean,
    variance: trusted(2) ? variance : NaN,
    skewness: trusted(3) ? m3 / (variance * Math.sqrt(variance)) : NaN,
    kurtosis: trusted(4) ? m4 / (variance * variance) - 3 : NaN,
  };
}
