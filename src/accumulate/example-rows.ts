import type { Batch } from './accumulator.js';

/*
 * What an example says beside its value and its document: one row of 32-bit
 * numbers a slot. A row lies together because an admission fills all of it, in
 * memory that is seldom in a cache: five lines and not twenty.
 */

/** Places in a row; numbers beyond 32 bits take two, the lower half first. */
export const FILE = 0;
export const WINDOW = 1;
export const POSITION = 2;
export const LINE = 3;
export const START_BYTE = 5;
export const TOKEN_INDEX = 7;
export const CHAR_START = 8;
export const CHAR_END = 9;
export const CONTEXT_START = 10;
export const CONTEXT_LENGTH = 11;
/** Ids of the context, then its activations as float32. */
export const CONTEXT = 12;

/** Tokens of the longest context. */
export function contextWidth({ around }: { around: number }): number {
  return 2 * around + 1;
}

/** 32-bit numbers of a row. */
export function rowWidth(settings: { around: number }): number {
  return CONTEXT + 2 * contextWidth(settings);
}

/** Rows of all slots; both see the same bytes. */
export interface ExampleRows {
  integers: Int32Array;
  floats: Float32Array;
}

/** Examples side by side: entry s of every array, and row s, belong to slot s. */
export interface ExampleStore {
  settings: { around: number };
  value: Float32Array;
  record: Int32Array;
  id: (string | null)[];
  /** `rowWidth` numbers a slot. */
  rows: ExampleRows;
}

export function emptyStore(slots: number, settings: { around: number }): ExampleStore {
  const integers = new Int32Array(slots * rowWidth(settings));
  return {
    settings,
    value: new Float32Array(slots),
    record: new Int32Array(slots),
    id: new Array<string | null>(slots).fill(null),
    rows: { integers, floats: new Float32Array(integers.buffer) },
  };
}

/** Copies an example from one store into another of the same width. */
export function moveExample(into: ExampleStore, slot: number, from: ExampleStore, fromSlot: number): void {
  const width = rowWidth(from.settings);
  into.value[slot] = from.value[fromSlot]!;
  into.record[slot] = from.record[fromSlot]!;
  into.id[slot] = from.id[fromSlot]!;
  into.rows.integers.set(from.rows.integers.subarray(fromSlot * width, (fromSlot + 1) * width), slot * width);
}

/**
 * Fills a slot with the example at a position of a batch's window, but for what tells it from others: record, file,
 * window and position.
 */
export function writeExample(
  { settings, value, id, rows }: ExampleStore,
  slot: number,
  batch: Batch,
  window: number,
  neuron: number,
  position: number,
): void {
  const { activations, neurons, length, places } = batch;
  value[slot] = activations[(window * length + position) * neurons + neuron]! + 0; // −0 becomes +0
  id[slot] = places[window]!.id;
  writeRow(rows, slot * rowWidth(settings), settings, batch, window, neuron, position);
}

/** Fills the row that begins at `row`, but for what tells the example from others. */
function writeRow(
  { integers, floats }: ExampleRows,
  row: number,
  { around }: { around: number },
  { activations, neurons, length, places }: Batch,
  window: number,
  neuron: number,
  position: number,
): void {
  const place = places[window]!;
  const start = Math.max(0, position - around);
  const end = Math.min(place.ids.length, position + around + 1);
  const span = place.span(position);
  writeWide(integers, row + LINE, place.line);
  writeWide(integers, row + START_BYTE, place.startByte);
  integers[row + TOKEN_INDEX] = place.tokenIndex[position]!;
  integers[row + CHAR_START] = span === null ? -1 : span[0];
  integers[row + CHAR_END] = span === null ? -1 : span[1];
  integers[row + CONTEXT_START] = start;
  integers[row + CONTEXT_LENGTH] = end - start;
  const ids = row + CONTEXT - start;
  const values = ids + contextWidth({ around });
  let from = (window * length + start) * neurons + neuron;
  for (let p = start; p < end; p++) {
    integers[ids + p] = place.ids[p]!;
    floats[values + p] = activations[from]! + 0; // −0 becomes +0
    from += neurons;
  }
}

/** A whole number below 2^53. */
export function readWide(integers: Int32Array, at: number): number {
  return (integers[at]! >>> 0) + integers[at + 1]! * 2 ** 32;
}

export function writeWide(integers: Int32Array, at: number, value: number): void {
  integers[at] = value | 0;
  integers[at + 1] = Math.floor(value / 2 ** 32);
}
