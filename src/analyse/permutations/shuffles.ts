import { halfSipHash } from '../../accumulate/half-sip-hash.js';

/** Documents that a shuffle can have: its places are words of 16 bits. */
export const MOST_ROWS = 2 ** 16;
/** Of fewer no label is tested: each half must have 20 with it and 20 without. */
export const LEAST_ROWS = 80;

const message = new Int32Array(3);
const hash = new Uint32Array(2);

/**
 * Shuffles [first, end) of a field's documents, one after another: entry (b − first) · rows + i is where document i's
 * labels go in shuffle b. Each is a uniform permutation (Fisher and Yates; Durstenfeld, "Algorithm 235", 1964) by the
 * HalfSipHash of (field, shuffle, step) under the seed, so a shuffle is the same whichever others are made.
 * @param rows documents, at most MOST_ROWS
 */
export function shuffles(
  rows: number,
  [first, end]: readonly [first: number, end: number],
  { seed, field }: { seed: number; field: number },
): Uint16Array {
  const orders = new Uint16Array((end - first) * rows);
  for (let shuffle = first; shuffle < end; shuffle++) {
    const order = orders.subarray((shuffle - first) * rows, (shuffle - first + 1) * rows);
    for (let i = 0; i < rows; i++) order[i] = i;
    message[0] = field;
    message[1] = shuffle;
    for (let i = rows - 1; i > 0; i--) {
      message[2] = i;
      halfSipHash([seed, KEY], message, hash);
      const uniform = (hash[1]! + hash[0]! / 2 ** 32) / 2 ** 32;
      // The quotient rounds to 1 once in 2^53 draws.
      const j = Math.min(i, Math.floor(uniform * (i + 1)));
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
  }
  return orders;
}

/** Second word of the key: documents are chosen under 0. */
const KEY = 1;
