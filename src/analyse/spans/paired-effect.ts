import { isTrusted } from '../concepts/effect-size.js';
import type { Sums } from '../concepts/effect-size.js';

/**
 * The mean of differences in units of their standard deviation, of n − 1 (Cohen, "Statistical Power Analysis for the
 * Behavioral Sciences", 1988, §2.3.5: d_z).
 * @returns NaN where they do not vary, or cancellation could exceed 1e-4
 */
export function pairedEffect({ n, sum, squares }: Sums): number {
  const mean = sum / n;
  const deviations = squares - sum * mean;
  if (!isTrusted(deviations, sum * mean)) return NaN;
  return mean / Math.sqrt(deviations / (n - 1));
}
