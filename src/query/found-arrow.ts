import { makeData, RecordBatch, Schema, Struct, vectorFromArray } from 'apache-arrow';
import type { Data } from 'apache-arrow';
import { fileOf } from '../profile/write/arrow-encoder.js';
import { fieldsOf } from '../profile/write/schema.js';
import type { Found } from './find-neurons.js';

/** What was found as an Arrow IPC file: the types, units and words of the profile's own columns. */
export function foundArrow({ columns, rows }: Pick<Found, 'columns' | 'rows'>): Uint8Array {
  const fields = fieldsOf(columns.map((column) => [column.title, column] as const));
  const children = fields.map((field, i): Data => {
    const values = rows.map((row) => row[i]!);
    // The library's Int64 wants bigints, of which whole numbers are.
    const given = columns[i]!.type === 'int64' ? values.map((x) => (x === null ? null : BigInt(x))) : values;
    return vectorFromArray(given, field.type).data[0] as Data;
  });
  const schema = new Schema(fields, new Map([['format', 'neuroprobe-found']]));
  const data = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return fileOf(schema, [new RecordBatch(schema, data)]);
}
