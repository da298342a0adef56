import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, readTrouble } from '../profile/disk-trouble.js';
import { STATE_FILE } from '../profile/format.js';
import { shardsAmong } from './shard.js';

/**
 * The state files that some paths name: a file is one; a folder holds one, or is one of shards.
 * @throws UserError: 66 where there is none, 74 where it cannot be read
 */
export async function findStates(inputs: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const input of inputs) found.push(...(await statesOf(input)));
  return found;
}

async function statesOf(input: string): Promise<string[]> {
  const names = await list(input);
  if (names === null) return [input];
  if (names.includes(STATE_FILE)) return [path.join(input, STATE_FILE)];
  const shards = shardsAmong(names);
  if (shards.length > 0) return findStates(shards.map((name) => path.join(input, name)));
  throw none(`this folder holds neither a ${STATE_FILE} nor shard-i-of-n folders`, input);
}

/** What a folder holds; null for a file. */
async function list(input: string): Promise<string[] | null> {
  try {
    return (await stat(input)).isDirectory() ? await readdir(input) : null;
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw readTrouble(error, input);
    throw none('there is no such state or folder', input);
  }
}

function none(what: string, where: string): UserError {
  const todo = 'name what a run with --shard left: its folder, its state.bin, or the folder of all shards';
  return new UserError({ what, where, todo, exit: Exit.NO_INPUT });
}
