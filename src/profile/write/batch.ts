import type { Columns } from '../format.js';
import type { ColumnValues } from './column-data.js';

/** Rows of one layer, ready to be a record batch. */
export interface Batch<T extends Columns> {
  columns: ColumnValues<T>;
  rows: number;
}

/** Which entry of the `group` dictionary a layer's group is, and the layer's number. */
export interface LayerKey {
  group: number;
  layer: number;
}

/** [0, rows) cut into runs of `most`; none where there are no rows. */
export function* slices(rows: number, most: number): Iterable<[start: number, end: number]> {
  for (let start = 0; start < rows; start += most) yield [start, Math.min(rows, start + most)];
}

/** The same number on every row. */
export function constant(value: number, rows: number): Int32Array {
  return new Int32Array(rows).fill(value);
}

/** The columns that say which layer a row is of. */
export function keyColumns({ group, layer }: LayerKey, rows: number) {
  return { group: constant(group, rows), layer: constant(layer, rows) };
}
