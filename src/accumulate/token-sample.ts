import { positionHash } from './position-hashes.js';
import type { WindowPlace } from './types.js';

/** One token in so many is in the sample. */
export const TOKENS_A_SAMPLE = 16;

const hash = new Uint32Array(2);

/**
 * The positions of a window whose activations are counted by label: those whose hash under the run's seed
 * (position-hashes.ts) is a multiple of `TOKENS_A_SAMPLE`. A sample, because counting every token in every of its labels
 * would take as long as a small model does.
 */
export function sampledPositions(
  seed: number,
  place: Pick<WindowPlace, 'file' | 'record' | 'window'>,
  length: number,
): Int32Array {
  const positions: number[] = [];
  for (let position = 0; position < length; position++) {
    positionHash(seed, place, position, hash);
    if (hash[0]! % TOKENS_A_SAMPLE === 0) positions.push(position);
  }
  return Int32Array.from(positions);
}
