import { Bool, Float32, Float64, Int32, Int64, makeData, Utf8 } from 'apache-arrow';
import type { Data, DataType, Dictionary, List, Vector } from 'apache-arrow';
import type { Column, ColumnType, Columns } from '../format.js';

/** Strings end to end: string i is bytes [offsets[i], offsets[i + 1]); null where `isNull[i]` is 1. */
export interface Texts {
  offsets: Int32Array;
  bytes: Uint8Array;
  isNull: Uint8Array;
}

/** Lists end to end: list i is items [offsets[i], offsets[i + 1]). */
interface Lists<Items> {
  offsets: Int32Array;
  items: Items;
}

/**
 * What a column's values are handed over as. In a column that may be null, NaN,
 * −1 and null stand for it (no figure is NaN, no place negative).
 */
interface Values {
  bool: Uint8Array;
  int32: Int32Array;
  int64: Float64Array;
  float32: Float32Array;
  float64: Float64Array;
  text: Texts;
  /** Numbers of the dictionary's entries. */
  name: Int32Array;
  texts: Lists<Texts> | null;
  int32s: Lists<Int32Array>;
  float32s: Lists<Float32Array>;
}

/** The values of a whole record batch, by column. */
export type ColumnValues<T extends Columns> = {
  [Name in keyof T]: T[Name]['type'] extends ColumnType ? Values[T[Name]['type']] : never;
};

/** The dictionaries of a table's `name` columns. */
export type Dictionaries = Readonly<Record<string, Vector<Utf8>>>;

/** One column of a record batch. What lies under a null is 0, so that equal tables are equal bytes. */
export function columnData(
  name: string,
  column: Column,
  type: DataType,
  values: Values[ColumnType],
  rows: number,
  dictionaries: Dictionaries,
): Data {
  const nullable = column.null !== undefined;
  switch (column.type) {
    case 'bool':
      return makeData({ type: new Bool(), length: rows, nullCount: 0, data: packBits(values as Uint8Array) });
    case 'int32':
      return makeData({ type: new Int32(), length: rows, ...withNulls(values as Int32Array, nullable) });
    case 'int64':
      return makeData({
        type: new Int64(),
        length: rows,
        nullCount: 0,
        data: int64s(values as Float64Array),
      });
    case 'float32':
      return makeData({ type: new Float32(), length: rows, ...withNulls(values as Float32Array, nullable) });
    case 'float64':
      return makeData({ type: new Float64(), length: rows, ...withNulls(values as Float64Array, nullable) });
    case 'text':
      return textData(values as Texts);
    case 'name': {
      const dictionary = dictionaries[name]!;
      const data = values as Int32Array;
      return makeData({ type: type as Dictionary, length: rows, nullCount: 0, data, dictionary });
    }
    case 'texts': {
      const lists = values as Lists<Texts> | null;
      return lists === null ? allNull(type as List, rows) : listData(type as List, rows, lists, textData);
    }
    case 'int32s':
      return listData(type as List, rows, values as Lists<Int32Array>, (data) =>
        makeData({ type: new Int32(), length: data.length, nullCount: 0, data }),
      );
    case 'float32s':
      return listData(type as List, rows, values as Lists<Float32Array>, (data) =>
        makeData({ type: new Float32(), length: data.length, nullCount: 0, data }),
      );
  }
}

function textData({ offsets, bytes, isNull }: Texts): Data<Utf8> {
  const { nullCount, nullBitmap } = validity(isNull);
  const length = isNull.length;
  return makeData({ type: new Utf8(), length, nullCount, nullBitmap, valueOffsets: offsets, data: bytes });
}

function listData<Items>(
  type: List,
  length: number,
  { offsets, items }: Lists<Items>,
  dataOf: (items: Items) => Data,
): Data<List> {
  return makeData({ type, length, nullCount: 0, valueOffsets: offsets, child: dataOf(items) });
}

function allNull(type: List, length: number): Data<List> {
  const none: Texts = {
    offsets: new Int32Array(1),
    bytes: new Uint8Array(0),
    isNull: new Uint8Array(0),
  };
  const { nullCount, nullBitmap } = validity(new Uint8Array(length).fill(1));
  const valueOffsets = new Int32Array(length + 1);
  return makeData({ type, length, nullCount, nullBitmap, valueOffsets, child: textData(none) });
}

/** Values, and which of them are null; a copy with zeros there, if any is. */
function withNulls<A extends Int32Array | Float32Array | Float64Array>(
  values: A,
  nullable: boolean,
): { data: A; nullCount: number; nullBitmap: Uint8Array | undefined } {
  if (!nullable) return { data: values, nullCount: 0, nullBitmap: undefined };
  const none = values instanceof Int32Array ? (x: number) => x === -1 : (x: number) => x !== x;
  const isNull = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) if (none(values[i]!)) isNull[i] = 1;
  const { nullCount, nullBitmap } = validity(isNull);
  if (nullCount === 0) return { data: values, nullCount, nullBitmap };
  const data = values.slice() as A;
  for (let i = 0; i < data.length; i++) if (isNull[i] === 1) data[i] = 0;
  return { data, nullCount, nullBitmap };
}

/** Arrow's validity bitmap: bit i is 1 where row i is not null; none where no row is. */
function validity(isNull: Uint8Array): { nullCount: number; nullBitmap: Uint8Array | undefined } {
  let nullCount = 0;
  for (const flag of isNull) nullCount += flag;
  if (nullCount === 0) return { nullCount, nullBitmap: undefined };
  return { nullCount, nullBitmap: packBits(isNull.map((flag) => 1 - flag)) };
}

/** Least significant bit first, as Arrow packs them. */
function packBits(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array((flags.length + 7) >> 3);
  for (let i = 0; i < flags.length; i++) if (flags[i] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** Whole numbers from 0 to 2^53 as 64-bit words, without a bigint each. */
function int64s(values: Float64Array): BigInt64Array {
  const words = new Int32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i]! % 2 ** 32; // ToInt32 wraps it
    words[2 * i + 1] = values[i]! / 2 ** 32;
  }
  return new BigInt64Array(words.buffer);
}
