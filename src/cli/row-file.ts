import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { tableFile, type TableName } from '../profile/format.js';
import type { RowFile, RowTable } from '../profile/write/row-file.js';

/**
 * The Arrow file that `-o` asks for: by its name, or under the table's in a folder that is there.
 * @returns null where none is asked for
 * @throws UserError (73) where it is there already, without `--force`
 */
export async function openRowFile<T extends TableName, Row>(
  { output, force }: { output?: string; force?: true },
  how: RowTable<T, Row>,
): Promise<RowFile<T, Row> | null> {
  if (output === undefined) return null;
  const file =
    (await statsOf(output))?.isDirectory() === true ? path.join(output, tableFile(how.table)) : output;
  if (force !== true && (await statsOf(file)) !== null) {
    throw new UserError({
      what: 'there is a file of this name already',
      where: file,
      todo: 'name another with -o, or replace it with --force',
      exit: Exit.CANNOT_CREATE,
    });
  }
  const { RowFile } = await import('../profile/write/row-file.js');
  return RowFile.create(file, how);
}

function statsOf(file: string) {
  return stat(file).catch(() => null);
}
