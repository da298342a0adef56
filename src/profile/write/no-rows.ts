import type { Columns } from '../format.js';
import type { ColumnValues } from './column-data.js';

/** Columns of no rows. */
export function noRows<T extends Columns>(columns: T): ColumnValues<T> {
  const texts = () => ({
    offsets: new Int32Array(1),
    bytes: new Uint8Array(0),
    isNull: new Uint8Array(0),
  });
  const lists = <A>(items: A) => ({ offsets: new Int32Array(1), items });
  const empty = {
    bool: () => new Uint8Array(0),
    int32: () => new Int32Array(0),
    int64: () => new Float64Array(0),
    float32: () => new Float32Array(0),
    float64: () => new Float64Array(0),
    text: texts,
    name: () => new Int32Array(0),
    texts: () => lists(texts()),
    int32s: () => lists(new Int32Array(0)),
    float32s: () => lists(new Float32Array(0)),
  };
  const entries = Object.entries(columns).map(([name, { type }]) => [name, empty[type]()]);
  return Object.fromEntries(entries) as ColumnValues<T>;
}
