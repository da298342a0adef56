import { access, constants, lstat, mkdir, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, writeTrouble } from './disk-trouble.js';
import { settle } from './exchange.js';
import { findManifest } from './read/manifest.js';
import type { Manifest } from './types.js';

/** Where a profile may be put, and what is there now. */
export type OutputPlace =
  /** `output` is absolute, links in it resolved. */
  | { output: string; there: 'nothing' | 'empty directory' | 'profile' }
  /** A finished profile that is not to be replaced. */
  | { output: string; there: 'finished'; manifest: Manifest };

/**
 * Looks at where a profile shall be put, after finishing what a process that died there left half done.
 * @throws UserError (exit 73) where one cannot be put there
 */
export async function outputPlace(asGiven: string, force: boolean): Promise<OutputPlace> {
  const output = await locateOutput(asGiven);
  try {
    await access(path.dirname(output), constants.R_OK | constants.W_OK | constants.X_OK);
    await settle(output);
  } catch (error) {
    throw writeTrouble(error, path.dirname(output));
  }
  const info = await stat(output).catch(() => null);
  if (info === null) return { output, there: 'nothing' };
  if (!info.isDirectory()) {
    throw cannot('there is a file in the way', asGiven, 'name another directory with -o, or move it away');
  }
  if (info.dev !== (await stat(path.dirname(output))).dev) {
    throw cannot('a mount point cannot be replaced', asGiven, 'name a directory inside it with -o');
  }
  if ((await readdir(output)).length === 0) return { output, there: 'empty directory' };
  return ofProfile(output, asGiven, force);
}

/**
 * What stands where a profile shall be written, looked at before any work is done.
 * @returns the manifest of a finished profile, or null where one may be written
 * @throws UserError (exit 73) where none can
 */
export async function inspectOutput(output: string, force: boolean): Promise<Manifest | null> {
  const place = await outputPlace(output, force);
  return place.there === 'finished' ? place.manifest : null;
}

/**
 * Makes the folder that shards are put into, where there is none.
 * @returns what removes it again, if it is ours and empty
 */
export async function makeFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder);
    return () => rmdir(folder).catch(() => {}); // another shard has put something there
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return async () => {}; // a file there is refused by what comes next
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, folder);
    throw cannot(
      `there is no directory ${path.dirname(path.resolve(folder))} to put the shards in`,
      folder,
      'make it (mkdir -p) or name another place with -o',
    );
  }
}

async function ofProfile(output: string, asGiven: string, force: boolean): Promise<OutputPlace> {
  const found = await findManifest(output);
  if (found.state === 'none') {
    throw cannot(
      'this directory is not empty, and not a profile of neuroprobe’s',
      asGiven,
      'name another directory with -o: only a profile is ever replaced, also with --force',
    );
  }
  if (force) return { output, there: 'profile' };
  if (found.state === 'whole') return { output, there: 'finished', manifest: found.manifest };
  const how = found.state === 'damaged' ? 'that is damaged' : `of format ${found.version}`;
  throw cannot(
    `there is a profile ${how}`,
    asGiven,
    'name another directory with -o, or replace this one with --force',
  );
}

/**
 * The absolute path, links resolved: what is renamed is the directory, not a link to it.
 * @throws UserError (exit 73) where there cannot be such a directory
 */
export async function locateOutput(asGiven: string): Promise<string> {
  const whole = path.resolve(asGiven);
  try {
    return await realpath(whole);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw fileInTheWay(asGiven);
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
  }
  if ((await lstat(whole).catch(() => null)) !== null) {
    throw cannot(
      'there is a link in the way that leads nowhere',
      asGiven,
      'remove it, or name another directory with -o',
    );
  }
  const parent = path.dirname(whole);
  try {
    const real = await realpath(parent);
    if (!(await stat(real)).isDirectory()) throw fileInTheWay(asGiven);
    return path.join(real, path.basename(whole));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
    throw cannot(
      `there is no directory ${parent} to put it in`,
      asGiven,
      `make it (mkdir -p) or name another place with -o`,
    );
  }
}

function fileInTheWay(asGiven: string): UserError {
  return cannot('part of the path is a file', asGiven, 'name another directory with -o');
}

function cannot(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.CANNOT_CREATE });
}
