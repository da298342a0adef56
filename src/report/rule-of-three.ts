/**
 * The rate of an event that did not happen in n independent trials is below
 * 3/n with 95 % confidence: (1 − 3/n)ⁿ ≈ e⁻³ < 0.05 (Hanley & Lippman-Hand,
 * JAMA 249, 1983).
 */
export function rateBound(trials: number): number {
  return Math.min(1, 3 / trials);
}
