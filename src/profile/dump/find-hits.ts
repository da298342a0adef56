import type { GrowingWords } from './growing-words.js';

/** A window's activations among those of its batch. */
export interface WindowActivations {
  /** Rows × width, row-major: all of the batch. */
  activations: Float32Array;
  width: number;
  /** Row of the window's first position. */
  firstRow: number;
  /** 1 where a position counts. */
  counted: Uint8Array;
}

/** Columns [from, to) of a row, and what each is called in a hit. */
export interface HitColumns {
  from: number;
  to: number;
  /** One a column from `from` on. */
  names: Uint32Array;
}

/** Words of a hit: position, name of its column, activation as float32. */
export const HIT_WORDS = 3;

/**
 * Appends the finite activations above a threshold at a window's counted positions, by position, then column.
 * @returns how many
 */
export function findHits(
  { activations, width, firstRow, counted }: WindowActivations,
  { from, to, names }: HitColumns,
  threshold: number,
  into: GrowingWords,
): number {
  const before = into.length;
  const columns = to - from;
  for (let position = 0; position < counted.length; position++) {
    if (counted[position] === 0) continue;
    into.reserve(HIT_WORDS * columns);
    const { words, floats } = into;
    const first = (firstRow + position) * width + from;
    let at = into.length;
    for (let column = 0; column < columns; column++) {
      const value = activations[first + column]!;
      // A NaN is above nothing.
      if (!(value > threshold && value < Infinity)) continue;
      words[at] = position;
      words[at + 1] = names[column]!;
      floats[at + 2] = value;
      at += HIT_WORDS;
    }
    into.length = at;
  }
  return (into.length - before) / HIT_WORDS;
}
