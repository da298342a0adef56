import path from 'node:path';
import { REJECTED_LINES_FILE, REJECTS_FILE, TABLES, tableFile } from '../format.js';
import { readRejects, rejectBytes, type Reject } from '../rejects.js';
import type { SpooledBytes } from '../spooled-bytes.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';
import { noRows } from './no-rows.js';

/** Rows of a record batch. */
const MOST_ROWS = 1 << 16;
const LF = Buffer.from('\n');

/**
 * Writes rejected lines into a folder: `rejects.bin`, and where the profile is complete `rejects.jsonl` and `rejects.arrow`.
 * @param files of the corpus as given
 * @param reasons all that there are, sorted
 * @returns SHA-256 of each file, by its name
 */
export async function writeRejects(
  folder: string,
  sources: readonly SpooledBytes[],
  { files, reasons, complete }: { files: readonly string[]; reasons: readonly string[]; complete: boolean },
): Promise<Record<string, string>> {
  const opened: OutputFile[] = [];
  const create = async (name: string) => {
    const file = await OutputFile.create(path.join(folder, name));
    opened.push(file);
    return file;
  };
  try {
    const all = await create(REJECTS_FILE);
    const lines = complete ? await create(REJECTED_LINES_FILE) : null;
    const table = complete
      ? new TableFile('rejects', await create(tableFile('rejects')), { file: files, reason: reasons })
      : null;
    let rows: Omit<Reject, 'bytes'>[] = [];
    const flush = async () => {
      if (rows.length > 0) await table?.write(columnsOf(rows, reasons), rows.length);
      rows = [];
    };
    let first = true;
    for await (const reject of readRejects(sources)) {
      await all.write(rejectBytes(reject));
      if (!first) await lines?.write(LF);
      await lines?.write(reject.bytes);
      first = false;
      rows.push({ ...reject, bytes: undefined } as Omit<Reject, 'bytes'>);
      if (rows.length === MOST_ROWS) await flush();
    }
    await flush();
    await all.write(all.digest());
    return {
      [REJECTS_FILE]: await all.finish(),
      ...(lines === null ? {} : { [REJECTED_LINES_FILE]: await lines.finish() }),
      ...(table === null ? {} : { [tableFile('rejects')]: await table.finish(noRows(TABLES.rejects)) }),
    };
  } catch (error) {
    for (const file of opened) await file.abandon();
    throw error;
  }
}

function columnsOf(rows: readonly Omit<Reject, 'bytes'>[], reasons: readonly string[]) {
  return {
    file: Int32Array.from(rows, ({ file }) => file),
    line: Int32Array.from(rows, ({ line }) => line),
    byte_offset: Float64Array.from(rows, ({ startByte }) => startByte),
    bytes: Float64Array.from(rows, ({ length }) => length),
    reason: Int32Array.from(rows, ({ reason }) => reasons.indexOf(reason)),
  };
}
