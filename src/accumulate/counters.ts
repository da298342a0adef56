/**
 * Counts that stay exact: 32 bits while no count can pass 2^32, float64 (exact
 * to 2^53) beyond.
 */
export type Counters = Uint32Array | Float64Array;

const LIMIT = 2 ** 32 - 1;

/**
 * Adds `from` to `into` and returns where the sum stands: `into` itself, or a
 * wider copy where `largest`, a bound of every sum, no longer fits 32 bits.
 */
export function addCounters(into: Counters, from: Counters, largest: number): Counters {
  const sum = widened(into, largest);
  for (let i = 0; i < sum.length; i++) sum[i]! += from[i]!;
  return sum;
}

/** The counters themselves, or a wider copy where counts up to `largest` do not fit 32 bits. */
export function widened(counters: Counters, largest: number): Counters {
  return largest > LIMIT && counters instanceof Uint32Array ? Float64Array.from(counters) : counters;
}
