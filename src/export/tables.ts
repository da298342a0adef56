import type { RecordBatch } from 'apache-arrow';
import { setImmediate } from 'node:timers/promises';
import { explainedNeuronColumns } from '../profile/explained-columns.js';
import { TABLES, type Columns, type TableName } from '../profile/format.js';
import { grouped } from '../report/numbers.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { ExportContext, Exported } from './types.js';

/** Where the rows of a table go. */
export interface TableSink {
  write(batch: RecordBatch): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** The tables that a profile has, in the order of the format. */
export function tablesOf(profile: OpenProfile): TableName[] {
  return (Object.keys(TABLES) as TableName[]).filter((table) => profile.has(table));
}

/** Writes each table of a profile to a sink of its own, a record batch at a time. */
export async function writeEach(
  { profile, onProgress, signal }: ExportContext,
  open: (table: TableName, columns: Columns) => Promise<TableSink>,
): Promise<Exported> {
  const tables = tablesOf(profile);
  let rows = 0;
  for (const table of tables) {
    const sink = await open(table, columnsOf(profile, table));
    try {
      for (const batch of profile.batches(table)) {
        signal.throwIfAborted();
        await sink.write(batch);
        rows += batch.numRows;
        onProgress(rows, null);
        await setImmediate(); // a signal is heard between batches
      }
      await sink.finish();
    } catch (error) {
      await sink.abandon();
      throw error;
    }
  }
  return { wrote: `${grouped(rows)} rows of ${tables.length} tables`, notices: [] };
}

/** A table's columns, those that the profile's settings add included. */
function columnsOf({ manifest }: OpenProfile, table: TableName): Columns {
  const explain = (manifest.settings['explain'] ?? []) as string[];
  return table === 'neurons' && explain.length > 0
    ? { ...TABLES.neurons, ...explainedNeuronColumns(explain) }
    : TABLES[table];
}
