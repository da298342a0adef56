/** Neurons of a tile: as many sums as registers hold. */
export const TILE = 8;

/**
 * Sums the scores of the documents that a shuffle gives a label, of each neuron of a tile: out[t] is the sum over k of
 * scores[orders[offset + rows[k]] · TILE + t]. Most of the time of a permutation check is spent here.
 * @param scores of each document and neuron of the tile, row-major
 * @param rows documents that have the label
 * @param orders shuffles (shuffles.ts), of which one begins at `offset`
 */
export function sumScores(
  scores: Float64Array,
  rows: Uint16Array,
  orders: Uint16Array,
  offset: number,
  out: Float64Array,
): void {
  // One by one: taken from a list they stay boxed, and the loop takes five times as long.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  const count = rows.length;
  for (let k = 0; k < count; k++) {
    const at = orders[offset + rows[k]!]! * TILE;
    s0 += scores[at]!;
    s1 += scores[at + 1]!;
    s2 += scores[at + 2]!;
    s3 += scores[at + 3]!;
    s4 += scores[at + 4]!;
    s5 += scores[at + 5]!;
    s6 += scores[at + 6]!;
    s7 += scores[at + 7]!;
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
  out[4] = s4;
  out[5] = s5;
  out[6] = s6;
  out[7] = s7;
}
