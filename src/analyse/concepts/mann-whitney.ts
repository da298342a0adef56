import { twoSidedTail } from './normal-tail.js';

/**
 * p of the two-sided Mann–Whitney U test by the normal approximation, with corrections for ties and for continuity
 * (Mann and Whitney, 1947; Hollander and Wolfe, "Nonparametric Statistical Methods", 1999, §4.1). The same as
 * scipy.stats.mannwhitneyu(method="asymptotic"). Values of one bin are tied.
 * @param a values of the one group by bin, ascending
 * @param b those of the other
 * @returns NaN where a group is empty; 1 where all values are tied
 */
export function mannWhitneyP(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let wins = 0; // of a over b, twice: a tie is one half
  let tied = 0; // Σ t³ − t
  let [inA, inB] = [0, 0];
  for (let bin = 0; bin < a.length; bin++) {
    const t = a[bin]! + b[bin]!;
    wins += a[bin]! * (2 * inB + b[bin]!);
    tied += t * (t * t - 1);
    inA += a[bin]!;
    inB += b[bin]!;
  }
  if (inA === 0 || inB === 0) return NaN;
  const n = inA + inB;
  const mean = (inA * inB) / 2;
  const u = Math.max(wins / 2, inA * inB - wins / 2);
  const variance = ((inA * inB) / 12) * (n + 1 - tied / (n * (n - 1)));
  return variance <= 0 ? 1 : twoSidedTail((u - mean - 0.5) / Math.sqrt(variance));
}
