import { open } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { readTrouble } from '../corpus/read-trouble.js';
import type { CorpusFile } from '../corpus/types.js';
import type { RunIdentity } from '../profile/state/types.js';

const LF = 0x0a;

/**
 * Lets files that have grown since be read to the size that they had.
 * @param before the corpus as it was
 * @throws UserError: 78 where a line does not end there, so that it was not appended to but edited; 66, 74 where
 *   it cannot be read
 */
export async function pinSizes(files: readonly CorpusFile[], before: RunIdentity['corpus']): Promise<void> {
  for (const [i, file] of files.entries()) {
    const size = before[i]?.path === file.path ? before[i].size : null;
    if (size === null || file.size === null || file.size <= size) continue;
    if (file.kind === 'plain' && !(await lineEndsAt(file.path, size))) throw edited(file.path, size);
    file.size = size;
  }
}

/** Whether a line of a file ends with its first `size` bytes: the LF is their last, or what follows. */
async function lineEndsAt(path: string, size: number): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer } = await file.read(Buffer.alloc(2), 0, 2, Math.max(0, size - 1));
      return size === 0 || buffer.includes(LF);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readTrouble(error, path);
  }
}

function edited(path: string, size: number): UserError {
  return new UserError({
    what: `the corpus has changed: the ${size} bytes that this file had end in the middle of a line now`,
    where: path,
    todo: 'give the corpus as it was, or start over with --force',
    exit: Exit.SETTINGS,
  });
}
