import { Exit, UserError, type ExitCode } from '../core/errors.js';

/** What the system says, in words; the code itself for anything rarer. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk failed',
  EMFILE: 'too many open files',
  ENOENT: 'it is not there any more',
  ENAMETOOLONG: 'the name is too long',
};

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** A failed write as the user's trouble: 75 where room must be made, 73 where we may not write, else 74. */
export function writeTrouble(error: unknown, file: string): Error {
  const code = codeOf(error);
  if (code === '') return error as Error;
  const [exit, todo] = cureOf(code);
  return new UserError({ what: `cannot write: ${words(code)}`, where: file, todo, exit, cause: error });
}

function cureOf(code: string): [ExitCode, string] {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [Exit.TRY_AGAIN, 'make room on that disk, or name another place with -o'];
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENAMETOOLONG':
      return [Exit.CANNOT_CREATE, 'name a place where you may write with -o'];
    default:
      return [Exit.IO, 'see to the disk, or name another place with -o'];
  }
}

/** A failed read as the user's trouble (exit 74). */
export function readTrouble(error: unknown, file: string): Error {
  const code = codeOf(error);
  if (code === '') return error as Error;
  return new UserError({
    what: `cannot read: ${words(code)}`,
    where: file,
    todo: 'see that it may be read, and that the disk is sound',
    exit: Exit.IO,
    cause: error,
  });
}

function words(code: string): string {
  return WORDS[code] ?? code;
}
