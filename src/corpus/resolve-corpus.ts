import { fstatSync, type BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { fileKind, HEAD_BYTES } from './file-kind.js';
import { isGlob, parseGlob, type Segment } from './glob-pattern.js';
import { listFiles } from './list-files.js';
import { isAbsent, noSuchFile, placeOf, readTrouble } from './read-trouble.js';
import type { CorpusFile } from './types.js';

/** What is taken of a directory, at any depth. */
const JSONL: Segment[] = [{ kind: 'depth' }, { kind: 'match', regex: /^[^.].*\.(jsonl|ndjson)(\.gz)?$/isu }];

/** A file, and the device and inode that make it one; null where the system cannot tell. */
interface Found {
  file: CorpusFile;
  identity: string | null;
}

/**
 * The files of a corpus in the order of the arguments: files, directories (their
 * *.jsonl, *.ndjson and the same with .gz, at any depth), quoted globs, and `-`.
 * A pipe that is given by name (`<(zcat x)`) is read as standard input is.
 * @throws UserError 2 where a file comes twice, 66 where there is none, 74 where one may not be read, 65 where
 *   one is of a format that is not read
 */
export async function resolveCorpus(args: string[]): Promise<CorpusFile[]> {
  const found: Found[] = [];
  for (const arg of args) {
    if (arg === '-')
      found.push({ file: { path: '-', kind: 'stdin', size: null }, identity: stdinIdentity() });
    else for (const path of await filesOf(arg)) found.push(await describe(path));
  }
  refuseTwice(found);
  return found.map(({ file }) => file);
}

/** The files that one argument stands for. A file whose name looks like a pattern is that file. */
async function filesOf(arg: string): Promise<string[]> {
  const stats = await statOf(arg);
  if (stats?.isDirectory()) {
    const files = await listFiles(arg.endsWith('/') ? arg : `${arg}/`, [JSONL]);
    if (files.length === 0) throw noJsonl(arg);
    return files;
  }
  if (stats !== null) return [arg];
  if (!isGlob(arg)) throw noSuchFile(arg);
  const files = await listFiles('', parseGlob(arg));
  if (files.length === 0) throw noMatch(arg);
  return files;
}

async function describe(path: string): Promise<Found> {
  const stats = await statOf(path);
  if (stats === null) throw noSuchFile(path);
  const identity = identityOf(stats);
  if (!stats.isFile()) return { file: { path, kind: 'stdin', size: null }, identity };
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const kind = fileKind(buffer.subarray(0, bytesRead), path);
      return { file: { path, kind, size: (await handle.stat()).size }, identity };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof UserError ? error : readTrouble(error, path);
  }
}

/** Null where there is no such file. */
async function statOf(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return null;
    throw readTrouble(error, path);
  }
}

/** Standard input may be a file that is named as well (`neuroprobe … - x.jsonl < x.jsonl`). */
function stdinIdentity(): string | null {
  try {
    return identityOf(fstatSync(0, { bigint: true }));
  } catch {
    return null; // closed: reading it says so
  }
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function refuseTwice(found: readonly Found[]): void {
  const first = new Map<string, string>();
  for (const { file, identity } of found) {
    for (const key of [file.path, identity]) {
      if (key !== null && first.has(key)) throw sameTwice(first.get(key)!, file.path);
    }
    first.set(file.path, file.path);
    if (identity !== null) first.set(identity, file.path);
  }
}

function sameTwice(first: string, second: string): UserError {
  const [a, b] = [placeOf(first), placeOf(second)];
  return new UserError({
    what: a === b ? `${a} is named twice` : `${a} and ${b} are the same file`,
    where: 'the corpus on the command line',
    todo: 'name it once: its records would count twice',
    exit: Exit.USAGE,
  });
}

function noJsonl(directory: string): UserError {
  return new UserError({
    what: 'this directory holds no *.jsonl or *.ndjson, plain or .gz',
    where: directory,
    todo: 'name another, or name the files themselves: they may be called anything',
    exit: Exit.NO_INPUT,
  });
}

function noMatch(pattern: string): UserError {
  return new UserError({
    what: 'no file matches this pattern',
    where: pattern,
    todo: 'check it with ls; hidden names want their dot spelt out',
    exit: Exit.NO_INPUT,
  });
}
