import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, writeTrouble } from '../profile/disk-trouble.js';

/** A file that may be written. */
export interface FilePlace {
  /** Absolute, links resolved. */
  path: string;
  /** Whether a file stands there, to be replaced. */
  there: boolean;
}

export interface PlaceOptions {
  force: boolean;
  /** The option that names the file, and what it may be given. */
  flag: string;
  example: string;
  /** Why a file that is there may not be replaced, whatever is forced; null where it may. */
  refuse?: (place: string) => Promise<string | null>;
}

/**
 * Looks at where a file shall be put.
 * @throws UserError (exit 73) where it cannot be put there: no folder, a file without `force`, or one that `refuse` keeps
 */
export async function filePlace(
  asGiven: string,
  { force, flag, example, refuse }: PlaceOptions,
): Promise<FilePlace> {
  const place = await locate(asGiven, flag);
  const there = await stat(place).catch(() => null);
  if (there !== null && !there.isFile()) {
    const what = there.isDirectory() ? 'there is a directory in the way' : 'this is not a plain file';
    throw cannot(what, asGiven, `name the file to write with ${flag}, such as ${example}`);
  }
  const refusal = (await refuse?.(place)) ?? null;
  if (refusal !== null) throw cannot(refusal, asGiven, `name another file with ${flag}`);
  if (there !== null && !force) {
    throw cannot(
      'there is a file already',
      asGiven,
      `name another with ${flag}, or replace this one with --force`,
    );
  }
  return { path: place, there: there !== null };
}

async function locate(asGiven: string, flag: string): Promise<string> {
  const whole = path.resolve(asGiven);
  try {
    return await realpath(whole);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw inTheWay(asGiven, flag);
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
  }
  const parent = path.dirname(whole);
  try {
    return path.join(await realpath(parent), path.basename(whole));
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw inTheWay(asGiven, flag);
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
    throw cannot(
      `there is no directory ${parent} to put it in`,
      asGiven,
      `make it (mkdir -p) or name another place with ${flag}`,
    );
  }
}

function inTheWay(asGiven: string, flag: string): UserError {
  return cannot('part of the path is a file', asGiven, `name another file with ${flag}`);
}

function cannot(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.CANNOT_CREATE });
}
