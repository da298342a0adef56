import { CANCELLATION } from '../../accumulate/figures.js';

/** Values of some documents: how many, their sum and the sum of their squares. */
export interface Sums {
  n: number;
  sum: number;
  squares: number;
}

/**
 * Cohen's d: the difference of two means in units of the pooled standard deviation (Cohen, "Statistical Power Analysis
 * for the Behavioral Sciences", 1988, §2.2: s² = Σ squared deviations from each group's mean / (n₁ + n₂ − 2)).
 * @returns NaN where nothing varies within the groups, or cancellation could exceed 1e-4
 */
export function cohensD(a: Sums, b: Sums): number {
  const [meanA, meanB] = [a.sum / a.n, b.sum / b.n];
  const within = a.squares - a.sum * meanA + (b.squares - b.sum * meanB);
  if (!isTrusted(within, a.sum * meanA + b.sum * meanB)) return NaN;
  return (meanA - meanB) / Math.sqrt(within / (a.n + b.n - 2));
}

/**
 * Point-biserial correlation: Pearson's r of the values with 1 for `a` and 0 for `b` (Tate, "Correlation between a
 * discrete and a continuous variable", 1954).
 * @param all both together
 * @returns NaN where the values do not vary, or cancellation could exceed 1e-4
 */
export function pointBiserial(a: Sums, b: Sums, all: Sums): number {
  const offset = (all.sum * all.sum) / all.n;
  const total = all.squares - offset;
  if (!isTrusted(total, offset)) return NaN;
  const r = (a.sum / a.n - b.sum / b.n) * Math.sqrt((a.n * b.n) / all.n / total);
  return Math.max(-1, Math.min(1, r));
}

/** Whether squared deviations can be told from what was subtracted to get them: the rule of the moments (figures.ts). */
export function isTrusted(deviations: number, subtracted: number): boolean {
  return deviations > 0 && (subtracted / deviations) * 2 ** -52 <= CANCELLATION;
}
