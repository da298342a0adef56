import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, writeTrouble } from '../profile/disk-trouble.js';
import { makeTemporary, putInPlace, remove, settle } from '../profile/exchange.js';
import { locateOutput } from '../profile/output-place.js';
import { findManifest } from '../profile/read/manifest.js';
import { OutputFile } from '../profile/write/output-file.js';

/** Says that a folder is an export of ours, and of what: only such a folder is ever replaced. */
export const EXPORT_FILE = 'export.json';

type There = 'nothing' | 'empty directory' | 'export';

/**
 * Writes a folder beside its place and moves it there when it is whole; until then, and where `write`
 * throws, what stands there is as it was.
 * @param note what is kept in export.json
 * @throws UserError: 73 where it cannot be put there, 74 or 75 where it cannot be written
 */
export async function writeExport<T>(
  asGiven: string,
  { force, note }: { force: boolean; note: Readonly<Record<string, unknown>> },
  write: (folder: string) => Promise<T>,
): Promise<T> {
  const { output } = await exportPlace(asGiven, force);
  const temporary = await makeTemporary(output);
  try {
    const result = await write(temporary);
    await writeWhole(path.join(temporary, EXPORT_FILE), [
      Buffer.from(`${JSON.stringify({ format: 'neuroprobe-export', ...note }, null, 2)}\n`),
    ]);
    // Another may have put something there meanwhile.
    const { there } = await exportPlace(asGiven, force);
    await putInPlace(temporary, output, there);
    return result;
  } catch (error) {
    await remove(temporary);
    throw error;
  }
}

/** Writes a file, and has it on disk. */
export async function writeWhole(file: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const output = await OutputFile.create(file);
  try {
    for (const piece of pieces) await output.write(piece);
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function exportPlace(asGiven: string, force: boolean): Promise<{ output: string; there: There }> {
  const output = await locateOutput(asGiven);
  try {
    await settle(output, isExport);
  } catch (error) {
    throw writeTrouble(error, path.dirname(output));
  }
  if ((await findManifest(path.dirname(output))).state !== 'none')
    throw cannot('this is a place inside a profile', asGiven, 'name a directory outside of it with -o');
  const info = await stat(output).catch(() => null);
  if (info === null) return { output, there: 'nothing' };
  if (!info.isDirectory())
    throw cannot('there is a file in the way', asGiven, 'name another directory with -o, or move it away');
  if ((await readdir(output)).length === 0) return { output, there: 'empty directory' };
  if (!(await isExport(output)))
    throw cannot(
      'this directory is not empty, and not an export of neuroprobe’s',
      asGiven,
      'name another with -o: only an export is ever replaced, also with --force',
    );
  if (!force)
    throw cannot(
      'there is an export already',
      asGiven,
      'name another directory with -o, or replace this one with --force',
    );
  return { output, there: 'export' };
}

async function isExport(folder: string): Promise<boolean> {
  try {
    const note: unknown = JSON.parse(await readFile(path.join(folder, EXPORT_FILE), 'utf8'));
    return (
      typeof note === 'object' && note !== null && 'format' in note && note.format === 'neuroprobe-export'
    );
  } catch (error) {
    // Not there, or not JSON: not ours.
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}

function cannot(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.CANNOT_CREATE });
}
