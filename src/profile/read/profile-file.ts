import { closeSync, openSync, readSync } from 'node:fs';
import { Exit, UserError } from '../../core/errors.js';
import { codeOf, readTrouble } from '../disk-trouble.js';

/** Fills an array from a place of a file. @throws RangeError where the file ends before */
export function readFully(descriptor: number, into: Uint8Array, startByte: number): void {
  for (let done = 0; done < into.length;) {
    const bytes = readSync(descriptor, into, done, Math.min(into.length - done, 1 << 30), startByte + done);
    if (bytes === 0) throw new RangeError(`the file ends at byte ${startByte + done}`);
    done += bytes;
  }
}

/**
 * Opens a file of a profile for `use`, and closes it again.
 * @throws UserError (exit 65 where it is missing, 74 where it cannot be read)
 */
export function withFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw damaged(path, 'is missing');
    throw readTrouble(error, path);
  }
  try {
    return use(descriptor);
  } catch (error) {
    throw readTrouble(error, path);
  } finally {
    closeSync(descriptor);
  }
}

/** A file of a profile that is not as its manifest states. @param how a clause: `is missing` */
export function damaged(path: string, how: string): UserError {
  return new UserError({
    what: `the profile is damaged: this file ${how}`,
    where: path,
    todo: 'take another copy of the profile, or make it again with --force',
    exit: Exit.DATA,
  });
}
