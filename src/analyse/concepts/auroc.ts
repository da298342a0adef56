/**
 * Area under the ROC curve: the probability that a value with the label is larger than one without, ties counting one
 * half (Bamber, "The area above the ordinal dominance graph", 1975; Hanley and McNeil, 1982). Values of one bin are tied.
 * @param positive values with the label, by bin, ascending
 * @param negative values without it
 * @returns also how far the area of the values themselves can lie from it, either way: ½ Σ p·n / (P·N) over the bins.
 *   NaN where there is none of either
 */
export function auroc(
  positive: ArrayLike<number>,
  negative: ArrayLike<number>,
): { area: number; bound: number } {
  let wins = 0;
  let ties = 0;
  let below = 0;
  let positives = 0;
  for (let bin = 0; bin < positive.length; bin++) {
    const [p, n] = [positive[bin]!, negative[bin]!];
    wins += p * below;
    ties += p * n;
    below += n;
    positives += p;
  }
  const pairs = positives * below;
  return { area: (wins + ties / 2) / pairs, bound: ties / 2 / pairs };
}
