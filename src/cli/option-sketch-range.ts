import { usageError } from '../core/usage-error.js';

/** Exponents of float32 values that are not denormal. */
const LOWEST = -126;
const HIGHEST = 127;

/**
 * Reads `LOW:HIGH`, the powers of two between which the histogram has its bins.
 * @throws UserError (exit 2) unless −126 ≤ LOW < HIGH ≤ 127
 */
export function sketchRangeOption(text: string): [low: number, high: number] {
  const match = /^\s*([+-]?\d+)\s*:\s*([+-]?\d+)\s*$/.exec(text);
  if (!match) {
    throw usageError(
      '--sketch-range',
      `"${text}" is not a range of powers of two`,
      'write it as LOW:HIGH, such as -11:7 for magnitudes from 2^-11 to 2^7',
    );
  }
  const [low, high] = [Number(match[1]), Number(match[2])];
  if (low < LOWEST || high > HIGHEST || low >= high) {
    throw usageError(
      '--sketch-range',
      `${low}:${high} is not a range that floats of 32 bits have`,
      `give LOW below HIGH, both from ${LOWEST} to ${HIGHEST}`,
    );
  }
  return [low, high];
}
