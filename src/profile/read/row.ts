import { Vector, type RecordBatch } from 'apache-arrow';
import type { Column, Columns } from '../format.js';
import type { Row } from '../rows.js';

/** One row as an object of the table's columns; a column that an older file lacks is null. */
export function rowAt<T extends Columns>(columns: T, batch: RecordBatch, row: number): Row<T> {
  const entries = Object.entries<Column>(columns).map(([name, { type }]) => {
    const value: unknown = batch.getChild(name)?.get(row) ?? null;
    return [name, type === 'texts' ? texts(value) : plain(value)];
  });
  return Object.fromEntries(entries) as Row<T>;
}

/** A column's values as the typed array that holds them; rows of a batch from 0. Only where there are no nulls. */
export function intsOf(batch: RecordBatch, column: string): Int32Array {
  return batch.getChild(column)!.data[0]!.values as Int32Array;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Vector ? value.toArray() : value;
}

function texts(value: unknown): (string | null)[] | null {
  return value instanceof Vector ? Array.from(value as Vector<never>, (text) => text as string | null) : null;
}
