import { Bool, Dictionary, Field, Float32, Float64, Int32, Int64, List, Schema, Utf8 } from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import {
  FORMAT_VERSION,
  TABLES,
  type Column,
  type Columns,
  type ColumnType,
  type TableName,
} from '../format.js';

/**
 * The Arrow schema of a table: types, and in the metadata what each column says, its unit and what null means.
 * @param further columns behind the table's own
 */
export function schemaOf(table: TableName, further: Columns = {}): Schema {
  return new Schema(
    fieldsOf(Object.entries<Column>({ ...TABLES[table], ...further })),
    new Map([
      ['format', 'neuroprobe-profile'],
      ['format_version', FORMAT_VERSION],
      ['table', table],
    ]),
  );
}

/** Columns, each after its name, as fields of a schema. */
export function fieldsOf(columns: readonly (readonly [name: string, column: Column])[]): Field[] {
  return columns.map(
    ([name, column], i) => new Field(name, typeOf(column.type, i), 'null' in column, metadataOf(column)),
  );
}

/** @param id of the dictionary: the column's number, for the library would count on from file to file */
function typeOf(type: ColumnType, id: number): DataType {
  switch (type) {
    case 'bool':
      return new Bool();
    case 'int32':
      return new Int32();
    case 'int64':
      return new Int64();
    case 'float32':
      return new Float32();
    case 'float64':
      return new Float64();
    case 'text':
      return new Utf8();
    case 'name':
      return new Dictionary(new Utf8(), new Int32(), id);
    case 'texts':
      return listOf(new Utf8());
    case 'int32s':
      return listOf(new Int32());
    case 'float32s':
      return listOf(new Float32());
  }
}

/** Items as every other writer names and declares them. */
function listOf(type: DataType): List {
  return new List(new Field('item', type, true));
}

function metadataOf(column: Column): Map<string, string> {
  const metadata = new Map([['description', column.says]]);
  if (column.unit !== '') metadata.set('unit', column.unit);
  if (column.null !== undefined) metadata.set('null', column.null);
  return metadata;
}
