import { makeData, RecordBatch, RecordBatchFileWriter, Struct, Utf8, Vector } from 'apache-arrow';
import type { Data, DataType, Schema } from 'apache-arrow';
import { Message } from 'apache-arrow/ipc/metadata/message';
import { TABLES, type Column, type TableName } from '../format.js';
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
  private readonly table: T;
  private readonly file: OutputFile;
  private readonly schema: Schema;
  private readonly dictionaries: Dictionaries;
  private readonly encoder = new Encoder();
  private batches = 0;

  constructor(table: T, file: OutputFile, names: Readonly<Record<string, readonly string[]>>) {
    this.table = table;
    this.file = file;
    this.schema = schemaOf(table);
    this.dictionaries = Object.fromEntries(
      Object.entries(names).map(([name, values]) => [name, dictionaryOf(values)]),
    );
    this.encoder.reset(undefined, this.schema);
  }

  /** @param rows how many rows the columns hold */
  async write(columns: ColumnValues<(typeof TABLES)[T]>, rows: number): Promise<void> {
    const children = Object.entries<Column>(TABLES[this.table]).map(([name, column], i): Data => {
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

/** Small pieces (prefixes, padding) are joined up to this many bytes. */
const JOINED = 1 << 16;

/** The library's writer with its bytes handed out instead of queued, and the schema where the format wants it. */
class Encoder extends RecordBatchFileWriter {
  private pieces: Uint8Array[] = [];

  /** The bytes written since the last call, in few chunks. */
  take(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    for (const piece of [...this.pieces, null]) {
      if (piece !== null && piece.length < JOINED) {
        small.push(piece);
        continue;
      }
      if (small.length > 0) chunks.push(Buffer.concat(small));
      small = [];
      if (piece !== null) chunks.push(piece);
    }
    this.pieces = [];
    return chunks;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.pieces.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this._position += chunk.byteLength;
    }
    return this;
  }

  /**
   * A file is the magic, then a whole stream, then the footer. The library leaves
   * the stream's schema out (21.2), which readers that skip the magic and read on,
   * DuckDB's among them, need.
   */
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema));
  }
}
