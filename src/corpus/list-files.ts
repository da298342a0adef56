import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { isAbsent, readTrouble } from './read-trouble.js';
import type { Segment } from './glob-pattern.js';

/**
 * Files whose path is `start` followed by what the segments match, in the order
 * of the paths' bytes (not of a locale: a corpus has one order on every machine).
 * Links are followed; a directory within itself is entered once.
 * @param start a path that ends in `/`, or `''` for the working directory
 * @throws UserError 74 for a directory that cannot be read, 66 for a matching link to nothing
 */
export async function listFiles(start: string, choices: readonly Segment[][]): Promise<string[]> {
  const found = new Set<string>();
  for (const segments of choices) await descend(start, segments, [], found);
  return sortByBytes([...found]);
}

/** @param above identities of the directories that `**` came through, against links in a circle */
async function descend(at: string, segments: Segment[], above: string[], found: Set<string>): Promise<void> {
  const segment = segments[0]!;
  const rest = segments.slice(1);
  if (segment.kind === 'name') {
    if (rest.length > 0) await descend(`${at}${segment.name}/`, rest, [], found);
    else if ((await typeOf(at + segment.name)) === 'file') found.add(at + segment.name);
    return;
  }
  if (segment.kind === 'match') {
    for (const entry of await entriesOf(at)) {
      if (!segment.regex.test(entry.name)) continue;
      const type = await entryType(at, entry);
      if (type === 'absent' && rest.length === 0) throw linkToNothing(at + entry.name);
      if (type === 'file' && rest.length === 0) found.add(at + entry.name);
      if (type === 'directory' && rest.length > 0) await descend(`${at}${entry.name}/`, rest, [], found);
    }
    return;
  }
  const identity = await identityOf(at);
  if (identity === null || above.includes(identity)) return;
  await descend(at, rest, [], found);
  for (const entry of await entriesOf(at)) {
    if (entry.name.startsWith('.') || (await entryType(at, entry)) !== 'directory') continue;
    await descend(`${at}${entry.name}/`, segments, [...above, identity], found);
  }
}

type EntryType = 'file' | 'directory' | 'absent';

async function entryType(at: string, entry: Dirent): Promise<EntryType> {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'directory' : typeOf(at + entry.name);
}

async function typeOf(path: string): Promise<EntryType> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (isAbsent(error)) return 'absent';
    throw readTrouble(error, path);
  }
}

/** Device and inode of a directory; null where there is none. */
async function identityOf(directory: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(directory === '' ? '.' : directory, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw readTrouble(error, directory);
  }
}

/** Nothing where there is no such directory: a pattern may name one that some branches lack. */
async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory === '' ? '.' : directory, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw readTrouble(error, directory);
  }
}

function linkToNothing(path: string): UserError {
  return new UserError({
    what: 'this link points to nothing',
    where: path,
    todo: 'mend or remove the link',
    exit: Exit.NO_INPUT,
  });
}

function sortByBytes(paths: string[]): string[] {
  const keyed = paths.map((path) => ({ path, bytes: Buffer.from(path) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ path }) => path);
}
