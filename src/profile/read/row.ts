import { Vector, type RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import type { Column, Columns } from '../format.js';
import type { Row } from '../rows.js';

/** One row as an object of the table's columns; a column that an older file lacks is null. */
export function rowAt<T extends Columns>(columns: T, batch: RecordBatch, row: number): Row<T> {
  return rowReader(columns, batch)(row);
}

/** `rowAt` of many rows of one batch: its columns are looked up once. */
export function rowReader<T extends Columns>(columns: T, batch: RecordBatch): (row: number) => Row<T> {
  const found = Object.entries<Column>(columns).map(
    ([name, { type }]) => [name, cellsOf(batch, name), type === 'texts' ? texts : plain] as const,
  );
  return (row) => {
    const cells: Record<string, unknown> = {};
    for (const [name, cell, read] of found) cells[name] = read(cell(row));
    return cells as Row<T>;
  };
}

/** A column's cells as they are held: 64-bit integers as bigint, lists as vectors; null too where an older file lacks the column. */
export function cellsOf(batch: RecordBatch, column: string): (row: number) => unknown {
  const vector = batch.getChild(column);
  return (row) => (vector?.get(row) as unknown) ?? null;
}

/** A column's values as the typed array that holds them; rows of a batch from 0. Only where there are no nulls. */
export function intsOf(batch: RecordBatch, column: string): Int32Array {
  return batch.getChild(column)!.data[0]!.values as Int32Array;
}

/** A column of whole numbers of 64 bits as numbers, exact to 2^53; rows of a batch from 0. */
export function countsOf(batch: RecordBatch, column: string): (row: number) => number {
  const { buffer, byteOffset, length } = batch.getChild(column)!.data[0]!.values as BigInt64Array;
  const halves = new Uint32Array(buffer, byteOffset, 2 * length); // low, high: Arrow's files are little-endian
  return (row) => halves[2 * row]! + halves[2 * row + 1]! * 2 ** 32;
}

/** A column of words with a dictionary: each word is made once. Only where there are no nulls. */
export function wordsOf(batch: RecordBatch, column: string): (row: number) => string {
  const data = batch.getChild(column)!.data[0]!;
  const dictionary = Array.from(data.dictionary!, String);
  const numbers = data.values as Int32Array;
  return (row) => dictionary[numbers[row]!]!;
}

/** Which neuron each row is of. */
export function idsOf(batch: RecordBatch): (row: number) => NeuronId {
  const [group, layer, neuron] = [wordsOf(batch, 'group'), intsOf(batch, 'layer'), intsOf(batch, 'neuron')];
  return (row) => ({ group: group(row), layer: layer[row]!, neuron: neuron[row]! });
}

/** A column's values as the typed array that holds them. Only where there are no nulls. */
export function doublesOf(batch: RecordBatch, column: string): Float64Array {
  return batch.getChild(column)!.data[0]!.values as Float64Array;
}

/** The same of a column of float32. */
export function floatsOf(batch: RecordBatch, column: string): Float32Array {
  return batch.getChild(column)!.data[0]!.values as Float32Array;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Vector ? value.toArray() : value;
}

function texts(value: unknown): (string | null)[] | null {
  return value instanceof Vector ? Array.from(value as Vector<never>, (text) => text as string | null) : null;
}
