import { countedRows, type Batch } from './accumulator.js';
import { NO_TOKEN, type ExplainKind } from './explain-kinds.js';
import type { WindowPlace } from './types.js';

/** A batch's counted rows by class: class c's are rows[start[c]] … rows[start[c + 1]], in the order of the runs. */
export interface ClassRows {
  /** In the order of their first rows. */
  classes: number[];
  start: Int32Array;
  /** Where each row begins in the batch's activations. */
  rows: Int32Array;
}

/** Puts a batch's counted rows into classes. */
export function classRows(batch: Batch, kind: ExplainKind): ClassRows {
  const { runs, places, length, neurons } = batch;
  const total = countedRows(batch);
  const of = new Int32Array(total);
  const at = new Int32Array(total);
  const numbers = new Map<number, number>();
  const counts: number[] = [];
  let row = 0;
  for (let r = 0; r < runs.length; r += 3) {
    const place = places[runs[r]!]!;
    const first = runs[r]! * length;
    for (let position = runs[r + 1]!; position < runs[r + 2]!; position++, row++) {
      const value = classOf(kind, place, position);
      let number = numbers.get(value);
      if (number === undefined) {
        numbers.set(value, (number = counts.length));
        counts.push(0);
      }
      counts[number]!++;
      of[row] = number;
      at[row] = (first + position) * neurons;
    }
  }
  const start = new Int32Array(counts.length + 1);
  for (let c = 0; c < counts.length; c++) start[c + 1] = start[c]! + counts[c]!;
  const next = start.slice();
  const rows = new Int32Array(total);
  for (let i = 0; i < total; i++) rows[next[of[i]!]!++] = at[i]!;
  return { classes: [...numbers.keys()], start, rows };
}

function classOf(kind: ExplainKind, place: WindowPlace, position: number): number {
  if (kind === 'position') return position;
  return kind === 'token' ? place.ids[position]! : previousToken(place, position);
}

/**
 * The id before a position's token in its document, in whatever window that stands; NO_TOKEN for the document's first
 * and for special tokens.
 */
export function previousToken({ ids, tokenIndex, before }: WindowPlace, position: number): number {
  const index = tokenIndex[position]!;
  if (index <= 0) return NO_TOKEN;
  if (position > 0 && tokenIndex[position - 1] === index - 1) return ids[position - 1]!;
  if (before === undefined) throw new Error('a window came without the token before it');
  return before;
}
