import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, readTrouble } from '../profile/disk-trouble.js';
import { STATE_FILE } from '../profile/format.js';
import { shardOfFolder } from './shard.js';

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
  try {
    if (!(await stat(input)).isDirectory()) return [input];
    const names = await readdir(input);
    if (names.includes(STATE_FILE)) return [path.join(input, STATE_FILE)];
    const shards = names
      .map((name) => ({ name, shard: shardOfFolder(name) }))
      .filter(({ shard }) => shard !== null)
      .sort((a, b) => a.shard!.n - b.shard!.n || a.shard!.i - b.shard!.i);
    if (shards.length > 0) return shards.map(({ name }) => path.join(input, name, STATE_FILE));
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw readTrouble(error, input);
    throw none('there is no such state or folder', input);
  }
  throw none(`this folder holds neither a ${STATE_FILE} nor shard-i-of-n folders`, input);
}

function none(what: string, where: string): UserError {
  const todo = 'name what a run with --shard left: its folder, its state.bin, or the folder of all shards';
  return new UserError({ what, where, todo, exit: Exit.NO_INPUT });
}
