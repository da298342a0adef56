import { Exit, UserError } from '../core/errors.js';

/** Codes of the system that mean: there is no such thing under that name. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];

/** Codes that a user knows better by other words. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read: permission denied',
  EPERM: 'may not be read: permission denied',
  EIO: 'cannot be read: the disk reports an error',
  EMFILE: 'cannot be opened: too many files are open',
};

/** True where a failed call of `node:fs` says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.includes(codeOf(error));
}

/** The UserError for a failed call of `node:fs` on `path`: exit 66 where there is no such file, else 74. */
export function readTrouble(error: unknown, path: string): UserError {
  if (isAbsent(error)) return noSuchFile(path, error);
  const code = codeOf(error);
  return new UserError({
    what: `the corpus ${WORDS[code] ?? `cannot be read: ${code === '' ? String(error) : code}`}`,
    where: placeOf(path),
    todo: 'make it readable, or leave it out',
    exit: Exit.IO,
    cause: error,
  });
}

export function noSuchFile(path: string, cause?: unknown): UserError {
  return new UserError({
    what: 'no such file or directory',
    where: placeOf(path),
    todo: 'name a JSONL file, a directory, a quoted glob, or - for standard input',
    exit: Exit.NO_INPUT,
    cause,
  });
}

/** A file as it is called in a sentence. */
export function placeOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** A byte of a file as it stands in an error: `file:line:byte`, line from 1, byte from 0 in the uncompressed file. */
export function placeInFile(path: string, line: number, byte: number): string {
  return `${placeOf(path)}:${line}:${byte}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
