import { twoSidedTail } from '../concepts/normal-tail.js';

/**
 * The two-sided Wilcoxon signed-rank test of differences against 0, by the normal approximation with correction for ties
 * and none for continuity (Wilcoxon, 1945). Differences in the middle bin are taken for 0, which is Pratt's way: they have
 * ranks, and drop out after ("Remarks on zeros and ties in the Wilcoxon signed rank procedures", 1959). The same as
 * scipy.stats.wilcoxon(d, zero_method="pratt", correction=False, method="asymptotic") of the binned differences.
 *
 * Beside p the matched-pairs rank-biserial correlation: (W₊ − W₋) / (W₊ + W₋) of the sums of ranks (Kerby, "The simple
 * difference formula", 2014).
 * @param differences by bin, ascending; their number is odd, and bins as far from the middle are as large
 * @returns p NaN where there is no difference, 1 where all are 0, and then a correlation of NaN
 */
export function wilcoxon(differences: ArrayLike<number>): { p: number; rankBiserial: number } {
  const middle = (differences.length - 1) / 2;
  const zeros = differences[middle]!;
  let below = zeros; // of smaller magnitude
  let [positive, negative] = [0, 0]; // sums of ranks
  let tied = 0; // Σ t³ − t
  for (let step = 1; step <= middle; step++) {
    const [up, down] = [differences[middle + step]!, differences[middle - step]!];
    const t = up + down;
    const rank = below + (t + 1) / 2;
    positive += up * rank;
    negative += down * rank;
    tied += t * (t * t - 1);
    below += t;
  }
  const n = below;
  if (n === 0) return { p: NaN, rankBiserial: NaN };
  const mean = (n * (n + 1) - zeros * (zeros + 1)) / 4;
  const variance = (n * (n + 1) * (2 * n + 1) - zeros * (zeros + 1) * (2 * zeros + 1) - tied / 2) / 24;
  if (n === zeros) return { p: 1, rankBiserial: NaN };
  return {
    p: twoSidedTail(Math.abs(positive - mean) / Math.sqrt(variance)),
    rankBiserial: (positive - negative) / (positive + negative),
  };
}
