import { readFileSync } from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';

export type Row = Record<string, unknown>;

/** The rows of an Arrow file as plain objects, 64-bit integers as numbers, lists as arrays. */
export function rowsOf(folder: string, file: string): Row[] {
  const table = tableFromIPC(readFileSync(path.join(folder, file)));
  const columns = table.schema.fields.map(
    ({ name }, i) => [name, [...table.getChildAt(i)!].map(plain)] as const,
  );
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) {
    return [...(value as Iterable<unknown>)].map(plain);
  }
  return value;
}

/** A column as numbers; null is NaN. */
export function numbers(rows: Row[], column: string): number[] {
  return rows.map((row) => (row[column] === null ? NaN : Number(row[column])));
}

/** `L2.N17` of a row. */
export function neuronKey(row: Row): string {
  return `L${String(row['layer'])}.N${String(row['neuron'])}`;
}
