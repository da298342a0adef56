import { makeData, RecordBatch, Struct, Utf8, Vector } from 'apache-arrow';
import type { Data, DataType, Schema } from 'apache-arrow';
import { TABLES, type Columns, type TableName } from '../format.js';
import { ArrowEncoder } from './arrow-encoder.js';
import { columnData, type ColumnValues, type Dictionaries } from './column-data.js';
import type { OutputFile } from './output-file.js';
import { schemaOf } from './schema.js';
import { textsOf } from './texts.js';

/**
 * Writes one table as an Arrow IPC file, a record batch at a time, so that no
 * more than one is in memory. The dictionaries, which the format lets nobody
 * replace, are given whole at the start.
 */
export class TableFile<T extends TableName> {
  readonly columns: Columns;
  private readonly file: OutputFile;
  private readonly schema: Schema;
  private readonly dictionaries: Dictionaries;
  private readonly encoder = new ArrowEncoder();
  private batches = 0;

  /**
   * @param names the dictionaries
   * @param further columns behind the table's own; what is written must have them too
   */
  constructor(
    table: T,
    file: OutputFile,
    names: Readonly<Record<string, readonly string[]>>,
    further: Columns = {},
  ) {
    this.columns = { ...TABLES[table], ...further };
    this.file = file;
    this.schema = schemaOf(table, further);
    this.dictionaries = Object.fromEntries(
      Object.entries(names).map(([name, values]) => [name, dictionaryOf(values)]),
    );
    this.encoder.reset(undefined, this.schema);
  }

  /** @param rows how many rows the columns hold */
  async write(columns: ColumnValues<(typeof TABLES)[T]>, rows: number): Promise<void> {
    const children = Object.entries(this.columns).map(([name, column], i): Data => {
      const values = (columns as Record<string, Parameters<typeof columnData>[3]>)[name]!;
      return columnData(
        name,
        column,
        this.schema.fields[i]!.type as DataType,
        values,
        rows,
        this.dictionaries,
      );
    });
    const data = makeData({ type: new Struct(this.schema.fields), length: rows, nullCount: 0, children });
    this.encoder.write(new RecordBatch(this.schema, data));
    this.batches++;
    for (const chunk of this.encoder.take()) await this.file.write(chunk);
  }

  /**
   * @param none a batch of no rows, written where there was none else: a file without its dictionaries is not read everywhere
   * @returns SHA-256 of the file
   */
  async finish(none: ColumnValues<(typeof TABLES)[T]>): Promise<string> {
    if (this.batches === 0) await this.write(none, 0);
    this.encoder.finish();
    for (const chunk of this.encoder.take()) await this.file.write(chunk);
    return this.file.finish();
  }

  abandon(): Promise<void> {
    return this.file.abandon();
  }
}

function dictionaryOf(values: readonly string[]): Vector<Utf8> {
  const { offsets, bytes } = textsOf(values);
  const length = values.length;
  return new Vector([
    makeData({ type: new Utf8(), length, nullCount: 0, valueOffsets: offsets, data: bytes }),
  ]);
}
