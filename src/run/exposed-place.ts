import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { weightFiles } from '../model/external-data.js';
import type { ModelInfo } from '../onnx/types.js';
import { codeOf, writeTrouble } from '../profile/disk-trouble.js';

/** A file that may be written. */
export interface FilePlace {
  /** Absolute, links resolved. */
  path: string;
  /** Whether a file stands there, to be replaced. */
  there: boolean;
}

/**
 * Looks at where a file of an exposed model shall be put.
 * @throws UserError (exit 73) where it cannot be put there: no folder, a file without `force`, or one of the original's
 */
export async function exposedPlace(
  asGiven: string,
  { force, model }: { force: boolean; model: ModelInfo },
): Promise<FilePlace> {
  const place = await locate(asGiven);
  const there = await stat(place).catch(() => null);
  if (there === null) return { path: place, there: false };
  if (!there.isFile()) {
    const what = there.isDirectory() ? 'there is a directory in the way' : 'this is not a plain file';
    throw cannot(what, asGiven, 'name the file to write with -o, such as exposed.onnx');
  }
  for (const { realPath } of weightFiles(model)) {
    const original = await stat(realPath);
    // Hard links too: what is written would not be the original's any more.
    if (original.dev === there.dev && original.ino === there.ino) {
      throw cannot('this file is part of the model that is read', asGiven, 'name another file with -o');
    }
  }
  if (!force) {
    throw cannot(
      'there is a file already',
      asGiven,
      'name another with -o, or replace this one with --force',
    );
  }
  return { path: place, there: true };
}

async function locate(asGiven: string): Promise<string> {
  const whole = path.resolve(asGiven);
  try {
    return await realpath(whole);
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw inTheWay(asGiven);
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
  }
  const parent = path.dirname(whole);
  try {
    return path.join(await realpath(parent), path.basename(whole));
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') throw inTheWay(asGiven);
    if (codeOf(error) !== 'ENOENT') throw writeTrouble(error, asGiven);
    throw cannot(
      `there is no directory ${parent} to put it in`,
      asGiven,
      'make it (mkdir -p) or name another place with -o',
    );
  }
}

function inTheWay(asGiven: string): UserError {
  return cannot('part of the path is a file', asGiven, 'name another file with -o');
}

function cannot(what: string, where: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.CANNOT_CREATE });
}
