import type { BinRows } from '../../profile/read/histograms.js';

/** One neuron's values in one profile, as far as a histogram knows them. */
export interface Distribution {
  /** Non-empty bins, ascending. */
  bins: BinRows;
  /** Finite values: the sum of the bins. */
  finite: number;
  min: number;
  max: number;
  mean: number;
  /** Values that are exactly 0. */
  zero: number;
  /** Values in the outermost bins that lie beyond them. */
  clampedLow: number;
  clampedHigh: number;
}

/**
 * Jensen–Shannon divergence in bits, from 0 (equal) to 1 (no bin in common):
 * ½ Σ p·log₂(2p/(p+q)) + ½ Σ q·log₂(2q/(p+q)) over the bins, p and q being
 * shares of the finite values (Lin 1991, https://doi.org/10.1109/18.61115).
 * Clamped values are in the outermost bins, what is nearest zero in one bin.
 * @returns NaN where one of the two has no finite value
 */
export function jensenShannon(a: Distribution, b: Distribution): number {
  if (a.finite === 0 || b.finite === 0) return NaN;
  let sum = 0;
  const [ea, eb] = [a.bins.size, b.bins.size];
  for (let i = 0, j = 0; i < ea || j < eb;) {
    const [la, lb] = [i < ea ? a.bins.lower[i]! : Infinity, j < eb ? b.bins.lower[j]! : Infinity];
    const p = la <= lb ? a.bins.count[i++]! / a.finite : 0;
    const q = lb <= la ? b.bins.count[j++]! / b.finite : 0;
    if (p > 0) sum += p * Math.log2((2 * p) / (p + q));
    if (q > 0) sum += q * Math.log2((2 * q) / (p + q));
  }
  // Rounding may leave a sum of nearly equal terms a hair outside.
  return Math.min(1, Math.max(0, sum / 2));
}

/** A Wasserstein-1 distance: that of the values themselves is within `distance` ± `bound`. */
export interface Wasserstein {
  distance: number;
  bound: number;
}

/**
 * Wasserstein-1 distance in activation units, ∫ |F_A − F_B| (Vallender 1974,
 * https://doi.org/10.1137/1118101), of the histograms with each bin's mass in
 * its middle, clamped values in the middle between edge and extreme. No less
 * than |mean_B − mean_A|, which no distance is (and the means are exact).
 *
 * Moving each value to its point costs at most its share × the farthest it can
 * lie from there, summed over both histograms: the bound (triangle inequality).
 * @returns NaN where one of the two has no finite value
 */
export function wasserstein(a: Distribution, b: Distribution): Wasserstein {
  if (a.finite === 0 || b.finite === 0) return { distance: NaN, bound: NaN };
  const bound = spread(POINTS_A, a) + spread(POINTS_B, b);
  const [pa, pb] = [POINTS_A, POINTS_B];
  let distance = 0;
  let [fa, fb, at] = [0, 0, -Infinity];
  for (let i = 0, j = 0; i < pa.size || j < pb.size;) {
    const xa = i < pa.size ? pa.at[i]! : Infinity;
    const xb = j < pb.size ? pb.at[j]! : Infinity;
    const x = Math.min(xa, xb);
    // Counts, so that equal shares cancel to exactly 0.
    const gap = Math.abs(fa / a.finite - fb / b.finite);
    if (gap > 0) distance += gap * (x - at);
    if (xa === x) fa += pa.count[i++]!;
    if (xb === x) fb += pb.count[j++]!;
    at = x;
  }
  return { distance: Math.max(distance, Math.abs(b.mean - a.mean)), bound };
}

/** Where the mass of a distribution is put, ascending; scratch, grown to the largest seen. */
interface Points {
  at: Float64Array;
  count: Float64Array;
  size: number;
}

const POINTS_A: Points = { at: new Float64Array(0), count: new Float64Array(0), size: 0 };
const POINTS_B: Points = { at: new Float64Array(0), count: new Float64Array(0), size: 0 };

/**
 * Fills `points` with the bins of a distribution.
 * @returns how far, on average over the values, they can lie from their points
 */
function spread(points: Points, { bins, finite, min, max, zero, clampedLow, clampedHigh }: Distribution) {
  if (points.at.length < bins.size + 2) {
    points.at = new Float64Array(2 * bins.size + 2);
    points.count = new Float64Array(2 * bins.size + 2);
  }
  points.size = 0;
  let cost = 0;
  const put = (lower: number, upper: number, at: number, count: number, unmoved = 0) => {
    if (count === 0) return;
    points.at[points.size] = at;
    points.count[points.size++] = count;
    const farthest = Math.max(at - Math.max(lower, min), Math.min(upper, max) - at, 0);
    cost += (count - unmoved) * farthest;
  };
  for (let i = 0; i < bins.size; i++) {
    const [lower, upper, count] = [bins.lower[i]!, bins.upper[i]!, bins.count[i]!];
    const below = i === 0 ? clampedLow : 0;
    const above = i === bins.size - 1 ? clampedHigh : 0;
    put(min, lower, (min + lower) / 2, below);
    put(lower, upper, (lower + upper) / 2, count - below - above, lower < 0 && upper > 0 ? zero : 0);
    put(upper, max, (upper + max) / 2, above);
  }
  return cost / finite;
}
