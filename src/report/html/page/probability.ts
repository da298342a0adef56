import { figure } from '../../numbers.js';

/** Below this a float32 holds fewer and fewer digits, and at last none. */
const LEAST = 1e-37;

/** A probability that is kept as a float32; `–` for NaN. */
export function probability(value: number): string {
  return value < LEAST ? `< ${figure(LEAST)}` : figure(value);
}
