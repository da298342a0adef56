/** Weight of each rank relative to the one before: 0.9 gives the first ten 86 % of it. */
export const PERSISTENCE = 0.9;

/**
 * How much two lists of distinct keys have in common: |A ∩ B| / |A ∪ B|
 * (Jaccard 1912, https://doi.org/10.1111/j.1469-8137.1912.tb05611.x).
 * @returns NaN where both are empty
 */
export function jaccard(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 && b.length === 0) return NaN;
  const inA = new Set(a);
  const common = b.reduce((sum, key) => sum + (inA.has(key) ? 1 : 0), 0);
  return common / (a.length + b.length - common);
}

/**
 * Rank-biased overlap of two rankings without ties, extrapolated to infinite
 * depth, of lengths that may differ: RBO_EXT, equation 32 of Webber, Moffat &
 * Zobel 2010 (https://doi.org/10.1145/1852102.1852106). 1: the same keys in the
 * same order; 0: none in common.
 *
 * With A_d the agreement at depth d (beyond the end of the shorter list s,
 * (X_d + X_s·(d − s)/s)/d) it is (1 − p) Σ_{d≤l} A_d·p^(d−1) + A_l·p^l. Summed
 * here over 1 − A_d, the weights being 1 in all, so that equal lists give 1 exactly.
 * @returns NaN where both are empty, 0 where one is
 */
export function rankBiasedOverlap(a: readonly string[], b: readonly string[], p = PERSISTENCE): number {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length === 0) return NaN;
  if (short.length === 0) return 0;
  const seen = new Set<string>();
  let common = 0; // X_d
  let commonShort = 0; // X_s
  let lack = 0;
  let weight = 1; // p^(d−1)
  let agreement = 0;
  for (let d = 1; d <= long.length; d++) {
    for (const list of [short, long]) {
      const key = list[d - 1];
      if (key === undefined) continue;
      if (seen.has(key)) common++;
      seen.add(key);
    }
    if (d <= short.length) commonShort = common;
    const beyond = Math.max(0, d - short.length);
    agreement = (common + (commonShort * beyond) / short.length) / d;
    lack += (1 - p) * (1 - agreement) * weight;
    weight *= p;
  }
  return Math.max(0, 1 - lack - (1 - agreement) * weight);
}
