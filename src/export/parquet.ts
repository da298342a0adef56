import path from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import {
  FORMAT_VERSION,
  type Column,
  type Columns,
  type ColumnType,
  type TableName,
} from '../profile/format.js';
import { cellsOf } from '../profile/read/row.js';
import { OutputFile } from '../profile/write/output-file.js';
import { writeEach, type TableSink } from './tables.js';
import type { Exporter } from './types.js';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Rows of a row group at most, of which all cells are in memory; fewer where there are lists, of some 33 items. */
const ROWS = 65_536;
const LIST_ROWS = 4096;

/** A file a table; types are those of the Arrow files, dictionaries become strings. */
export const exportParquet: Exporter = (context) =>
  writeEach(context, (table, columns) =>
    ParquetFile.open(path.join(context.folder, `${table}.parquet`), table, columns),
  );

class ParquetFile implements TableSink {
  private readonly output: OutputFile;
  private readonly columns: [string, Column][];
  private readonly bytes: FileWriter;
  private readonly writer: ParquetWriter;

  private constructor(output: OutputFile, table: TableName, columns: Columns) {
    this.output = output;
    this.columns = Object.entries<Column>(columns);
    this.bytes = new FileWriter(output);
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schemaOf(this.columns),
      createdBy: 'neuroprobe',
      kvMetadata: [
        { key: 'format', value: 'neuroprobe-profile' },
        { key: 'format_version', value: FORMAT_VERSION },
        { key: 'table', value: table },
      ],
    });
  }

  static async open(file: string, table: TableName, columns: Columns): Promise<ParquetFile> {
    return new ParquetFile(await OutputFile.create(file), table, columns);
  }

  async write(batch: RecordBatch): Promise<void> {
    const columns = this.columns.map(([name, { type }]) => ({ name, type, cell: cellsOf(batch, name) }));
    const most = columns.some(({ type }) => isList(type)) ? LIST_ROWS : ROWS;
    for (let start = 0; start < batch.numRows; start += most) {
      const length = Math.min(most, batch.numRows - start);
      const columnData = columns.map(({ name, type, cell }) => ({
        name,
        data: Array.from({ length }, (_, i) => valueOf(cell(start + i), type)),
      }));
      await this.writer.write({ columnData, rowGroupSize: length });
    }
  }

  async finish(): Promise<void> {
    await this.writer.finish();
    await this.bytes.flush();
    await this.output.finish();
  }

  abandon(): Promise<void> {
    return this.output.abandon();
  }
}

/** The library's buffer, emptied into a file after each row group, and once more at the end. */
class FileWriter extends ByteWriter {
  private readonly output: OutputFile;

  constructor(output: OutputFile) {
    super();
    this.output = output;
  }

  async flush(): Promise<void> {
    await this.output.write(this.getBytes());
    this.index = 0;
  }
}

const PHYSICAL: Readonly<Record<ColumnType, Partial<SchemaElement>>> = {
  bool: { type: 'BOOLEAN' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  name: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  texts: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int32s: { type: 'INT32' },
  float32s: { type: 'FLOAT' },
};

function isList(type: ColumnType): boolean {
  return type === 'texts' || type === 'int32s' || type === 'float32s';
}

/** Lists have three levels (parquet-format, LogicalTypes.md, Lists). */
function schemaOf(columns: readonly [string, Column][]): SchemaElement[] {
  const fields = columns.flatMap(([name, column]): SchemaElement[] => {
    const repetition_type = column.null === undefined ? 'REQUIRED' : 'OPTIONAL';
    const physical = PHYSICAL[column.type];
    if (!isList(column.type)) return [{ name, repetition_type, ...physical }];
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', ...physical },
    ];
  });
  return [{ name: 'root', num_children: columns.length }, ...fields];
}

function valueOf(cell: unknown, type: ColumnType): unknown {
  return cell !== null && isList(type) ? Array.from(cell as Iterable<unknown>) : cell;
}
