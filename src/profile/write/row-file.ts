import { rm } from 'node:fs/promises';
import { TABLES, type TableName } from '../format.js';
import type { ColumnValues } from './column-data.js';
import { OutputFile } from './output-file.js';
import { moveIntoPlace, temporaryName } from './replace-file.js';
import { TableFile } from './table-file.js';
import { noRows } from './no-rows.js';

/** How a table is made of rows that come one by one. */
export interface RowTable<T extends TableName, Row> {
  table: T;
  /** Values of its `name` columns, known beforehand. */
  names: Readonly<Record<string, readonly string[]>>;
  columnsOf: (rows: readonly Row[]) => ColumnValues<(typeof TABLES)[T]>;
  /** Rows of a record batch, which are in memory. */
  mostRows: number;
}

/** A table as its rows pass by, a file of its own. It is in its place once it is whole. */
export class RowFile<T extends TableName, Row> {
  private readonly path: string;
  private readonly temporary: string;
  private readonly how: RowTable<T, Row>;
  private readonly file: TableFile<T>;
  private rows: Row[] = [];

  private constructor(path: string, temporary: string, output: OutputFile, how: RowTable<T, Row>) {
    this.path = path;
    this.temporary = temporary;
    this.how = how;
    this.file = new TableFile(how.table, output, how.names);
  }

  /** @throws UserError (73, 74, 75) where it cannot be made */
  static async create<T extends TableName, Row>(
    path: string,
    how: RowTable<T, Row>,
  ): Promise<RowFile<T, Row>> {
    const temporary = temporaryName(path);
    return new RowFile(path, temporary, await OutputFile.create(temporary), how);
  }

  async add(row: Row): Promise<void> {
    if (this.rows.push(row) === this.how.mostRows) await this.flush();
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.file.finish(noRows(TABLES[this.how.table]));
    await moveIntoPlace(this.temporary, this.path);
  }

  /** Leaves nothing of it, but what is in its place. */
  async abandon(): Promise<void> {
    await this.file.abandon();
    await rm(this.temporary, { force: true });
  }

  private async flush(): Promise<void> {
    if (this.rows.length > 0) await this.file.write(this.how.columnsOf(this.rows), this.rows.length);
    this.rows = [];
  }
}
