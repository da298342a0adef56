import path from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import type { Columns } from '../profile/format.js';
import { csvLines, type CsvCell } from '../profile/csv.js';
import { rowReader } from '../profile/read/row.js';
import { OutputFile } from '../profile/write/output-file.js';
import { activationsJson } from './numbers.js';
import { writeEach, type TableSink } from './tables.js';
import type { Exporter } from './types.js';

/** Rows put into text at a time. */
const ROWS = 1000;

/** A file a table, CSV as of RFC 4180; a list is JSON in its cell. */
export const exportCsv: Exporter = (context) =>
  writeEach(context, (table, columns) => CsvFile.open(path.join(context.folder, `${table}.csv`), columns));

class CsvFile implements TableSink {
  private readonly output: OutputFile;
  private readonly columns: Columns;

  private constructor(output: OutputFile, columns: Columns) {
    this.output = output;
    this.columns = columns;
  }

  static async open(file: string, columns: Columns): Promise<CsvFile> {
    const csv = new CsvFile(await OutputFile.create(file), columns);
    await csv.lines([Object.keys(columns)]);
    return csv;
  }

  async write(batch: RecordBatch): Promise<void> {
    const at = rowReader(this.columns, batch);
    for (let start = 0; start < batch.numRows; start += ROWS) {
      const rows = Array.from({ length: Math.min(ROWS, batch.numRows - start) }, (_, i) =>
        Object.values(at(start + i)).map(cellOf),
      );
      await this.lines(rows);
    }
  }

  async finish(): Promise<void> {
    await this.output.finish();
  }

  abandon(): Promise<void> {
    return this.output.abandon();
  }

  private lines(rows: CsvCell[][]): Promise<void> {
    return this.output.write(Buffer.from(csvLines(rows)));
  }
}

function cellOf(value: unknown): CsvCell {
  if (value instanceof Float32Array) return activationsJson(value);
  if (value instanceof Int32Array) return JSON.stringify([...value]);
  return Array.isArray(value) ? JSON.stringify(value) : (value as CsvCell);
}
