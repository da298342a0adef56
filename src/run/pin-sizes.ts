import { open } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { readTrouble } from '../corpus/read-trouble.js';
import type { CorpusFile } from '../corpus/types.js';
import type { RunIdentity } from '../profile/state/types.js';

const LF = 0x0a;
/** How a member of a gzip file begins: RFC 1952, 2.3.1. */
const MEMBER = [0x1f, 0x8b];

/**
 * Lets files that have grown since be read to the size that they had.
 * @param before the corpus as it was
 * @returns a sentence for the user of each
 * @throws UserError: 78 where a line, or a member of a gzip file, does not end there, so that it was not appended to
 *   but edited; 66, 74 where it cannot be read
 */
export async function pinSizes(
  files: readonly CorpusFile[],
  before: RunIdentity['corpus'],
): Promise<string[]> {
  const notices: string[] = [];
  for (const [i, file] of files.entries()) {
    const size = before[i]?.path === file.path ? before[i].size : null;
    if (size === null || file.size === null || file.size <= size) continue;
    if (!(await endsAt(file, size))) throw edited(file, size);
    notices.push(
      `${file.path} has grown: ${size} of its ${file.size} bytes are read, which it had when the run began`,
    );
    file.size = size;
  }
  return notices;
}

/** Whether a file may have been this long once: a line ends there, or a gzip file's next member begins. */
async function endsAt({ path, kind }: CorpusFile, size: number): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer } = await file.read(Buffer.alloc(3), 0, 3, Math.max(0, size - 1));
      if (kind === 'gzip') return MEMBER.every((byte, i) => buffer[i + 1] === byte);
      return size === 0 || buffer.subarray(0, 2).includes(LF);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readTrouble(error, path);
  }
}

function edited({ path, kind }: CorpusFile, size: number): UserError {
  const part = kind === 'gzip' ? 'a member' : 'a line';
  return new UserError({
    what: `the corpus has changed: the ${size} bytes that this file had end in the middle of ${part} now`,
    where: path,
    todo: 'give the corpus as it was, or start over with --force',
    exit: Exit.SETTINGS,
  });
}
