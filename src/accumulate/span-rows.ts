import type { Batch } from './accumulator.js';
import type { WindowSpans } from './types.js';

/** Which counted tokens of a window go into which sum. Tokens are numbered as they are counted, from 0. */
export interface WindowRows {
  /** The row of the batch that each token is. */
  rows: Int32Array;
  /** The same as stretches of rows: first, one past the last. */
  stretches: readonly (readonly [first: number, end: number])[];
  /** By label of the document its tokens, ascending; all tokens behind the last label. */
  tokens: readonly Int32Array[];
  /** How many these are. */
  counts: Int32Array;
  /** Counted tokens of the sample: their positions and rows. */
  sampled: readonly { position: number; row: number }[];
}

const held = new WeakMap<Batch['places'], { runs: Batch['runs']; windows: WindowRows[] }>();

/** The rows of each window, found once for a batch: all layers are given the same runs and places. */
export function spanRows(batch: Batch): readonly WindowRows[] {
  const { runs, places } = batch;
  const found = held.get(places);
  if (found?.runs === runs) return found.windows;
  const windows = rowsOfWindows(batch);
  held.set(places, { runs, windows });
  return windows;
}

function rowsOfWindows({ runs, places, length }: Batch): WindowRows[] {
  const stretches = places.map((): [number, number][] => []);
  for (let r = 0; r < runs.length; r += 3) {
    const first = runs[r]! * length;
    stretches[runs[r]!]!.push([first + runs[r + 1]!, first + runs[r + 2]!]);
  }
  return places.map(({ spans }, w) => {
    if (spans === undefined) throw new Error('a window came without the spans of its document');
    return rowsOfWindow(spans, stretches[w]!, w * length);
  });
}

/** @param base row of its position 0 */
function rowsOfWindow(
  { document, pattern, patterns, sampled }: WindowSpans,
  stretches: [number, number][],
  base: number,
): WindowRows {
  const tokens = Array.from({ length: document.labels.length + 1 }, (): number[] => []);
  const all = tokens.at(-1)!;
  const rows: number[] = [];
  const isSampled = new Set(sampled);
  const found: { position: number; row: number }[] = [];
  for (const [first, end] of stretches) {
    for (let row = first; row < end; row++) {
      const position = row - base;
      const token = rows.push(row) - 1;
      for (const label of patterns[pattern[position]!]!) tokens[label]!.push(token);
      all.push(token);
      if (isSampled.has(position)) found.push({ position, row });
    }
  }
  return {
    rows: Int32Array.from(rows),
    stretches,
    tokens: tokens.map((list) => Int32Array.from(list)),
    counts: Int32Array.from(tokens, ({ length }) => length),
    sampled: found,
  };
}
