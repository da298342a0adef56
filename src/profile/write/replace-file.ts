import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeTrouble } from '../disk-trouble.js';
import { syncFolder } from '../exchange.js';
import { OutputFile } from './output-file.js';

/** A name beside `file` that nobody else uses, for what will take its place. */
export function temporaryName(file: string): string {
  return `${file}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Moves a finished file to its place, for good: also its entry in the folder is on disk then.
 * @param mayRename asked before; throws where it must not be
 */
export async function moveIntoPlace(
  temporary: string,
  file: string,
  mayRename: () => void = () => {},
): Promise<void> {
  mayRename();
  try {
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    throw writeTrouble(error, file);
  }
}

/**
 * Puts a file whole in the place of another, or leaves that as it was.
 * @param pieces its bytes, of which one piece at a time is in memory
 */
export async function replaceFile(file: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const temporary = temporaryName(file);
  const output = await OutputFile.create(temporary);
  try {
    for (const piece of pieces) await output.write(piece);
    await output.finish();
    await moveIntoPlace(temporary, file);
  } catch (error) {
    await output.abandon();
    await rm(temporary, { force: true });
    throw error;
  }
}
