import { binEdges, halfBins, type SketchRange } from './bin-of.js';

/** What a quantile of one neuron is read from. */
export interface BinnedValues {
  range: SketchRange;
  /** The neuron's bins, ascending. */
  bins: ArrayLike<number>;
  /** Values in the outermost bins that lie beyond them. */
  clampedLow: number;
  clampedHigh: number;
  /** Exact counts, which split the bin nearest zero into negative, zero and positive. */
  zero: number;
  positive: number;
  /** Finite values: the sum of the bins. */
  finite: number;
  min: number;
  max: number;
}

/**
 * The q-quantile by the inverted distribution function (the smallest value v
 * with at least q·n values ≤ v; Hyndman & Fan 1996, type 1), up to the width of
 * the bin it lies in, by linear interpolation there, clipped to [min, max].
 *
 * Error at most one bin's width: 6.25 % of the quantile, 2^low in the bin
 * nearest zero; none where that bin's values are all zero.
 * @returns NaN where there is no value, or where it lies in a bin that holds clamped values
 */
export function quantile(values: BinnedValues, q: number): number {
  const { bins, finite, min, max, range } = values;
  if (finite === 0) return NaN;
  if (min === max) return min + 0;
  const rank = Math.max(1, Math.ceil(q * finite));
  let below = 0;
  let bin = 0;
  while (below + bins[bin]! < rank) below += bins[bin++]!;

  if (bin === halfBins(range)) return nearZero(values, rank - below);
  if (bin === 0 && values.clampedLow > 0) return NaN;
  if (bin === bins.length - 1 && values.clampedHigh > 0) return NaN;
  const [lower, upper] = binEdges(bin, range);
  return within(rank - below, bins[bin]!, Math.max(lower, min), Math.min(upper, max));
}

/** The rank-th value (from 1) of the bin nearest zero: negative ones, zeros, positive ones. */
function nearZero({ bins, range, zero, positive, min, max }: BinnedValues, rank: number): number {
  const middle = halfBins(range);
  let farPositive = 0;
  for (let bin = middle + 1; bin < bins.length; bin++) farPositive += bins[bin]!;
  const nearPositive = positive - farPositive;
  const nearNegative = bins[middle]! - zero - nearPositive;
  const edge = 2 ** range.low;
  if (rank <= nearNegative) return within(rank, nearNegative, Math.max(-edge, min), Math.min(0, max));
  if (rank <= nearNegative + zero) return 0;
  return within(rank - nearNegative - zero, nearPositive, Math.max(0, min), Math.min(edge, max));
}

/** The rank-th of `count` values spread evenly over [lower, upper]. */
function within(rank: number, count: number, lower: number, upper: number): number {
  return lower + ((upper - lower) * (rank - 0.5)) / count;
}
