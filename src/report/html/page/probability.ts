import { figure } from '../../numbers.js';

/** A probability that is kept as a float32, which holds fewer and fewer digits below 1e-37, and at last none; `–` for NaN. */
export function probability(value: number): string {
  return value < 1e-37 ? '< 1e−37' : figure(value);
}
