import { Exit, UserError } from '../core/errors.js';
import { placeOf } from './read-trouble.js';

/** First bytes of a file that tell its kind; the longest signature below. */
export const HEAD_BYTES = 6;

/** Formats that a corpus often comes in and that are not read, with a command that makes JSONL of them. */
const FOREIGN: { head: number[]; name: string; command: string }[] = [
  { head: [0x28, 0xb5, 0x2f, 0xfd], name: 'compressed with zstd', command: 'zstd -dc FILE' },
  { head: [0x42, 0x5a, 0x68], name: 'compressed with bzip2', command: 'bzip2 -dc FILE' },
  { head: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'compressed with xz', command: 'xz -dc FILE' },
  { head: [0x50, 0x4b, 0x03, 0x04], name: 'a zip archive', command: 'unzip -p FILE' },
  {
    head: [0x50, 0x41, 0x52, 0x31],
    name: 'a Parquet file',
    command: `duckdb -c "COPY (FROM 'FILE') TO '/dev/stdout' (FORMAT json)"`,
  },
  { head: [0xff, 0xfe], name: 'UTF-16 text', command: 'iconv -f UTF-16 -t UTF-8 FILE' },
  { head: [0xfe, 0xff], name: 'UTF-16 text', command: 'iconv -f UTF-16 -t UTF-8 FILE' },
];

/**
 * Tells from a file's first bytes how it is read.
 * @param head the first `HEAD_BYTES`, fewer where the file is shorter
 * @throws UserError 65 where it is named .gz and is not gzip, or is of a format that is not read
 */
export function fileKind(head: Uint8Array, path: string): 'plain' | 'gzip' {
  // RFC 1952, 2.3.1: ID1, ID2.
  if (begins(head, [0x1f, 0x8b])) return 'gzip';
  if (/\.gz$/i.test(path))
    throw notGzip(path, head.length === 0 ? 'it is empty' : 'it does not begin as gzip does');
  const foreign = FOREIGN.find((format) => begins(head, format.head));
  if (foreign === undefined) return 'plain';
  const { name, command } = foreign;
  throw new UserError({
    what: `the corpus is ${name}, not JSONL`,
    where: placeOf(path),
    todo: `pipe it in: ${command.replace('FILE', path === '-' ? 'FILE' : path)} | neuroprobe … -`,
    exit: Exit.DATA,
  });
}

/** @param why a clause */
export function notGzip(path: string, why: string, cause?: unknown): UserError {
  return new UserError({
    what: `this is not a whole gzip file: ${why}`,
    where: placeOf(path),
    todo: 'fetch or compress it again (gzip -t checks it), or drop the .gz from its name if it is not compressed',
    exit: Exit.DATA,
    cause,
  });
}

function begins(head: Uint8Array, signature: number[]): boolean {
  return signature.every((byte, i) => head[i] === byte);
}
