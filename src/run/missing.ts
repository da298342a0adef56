import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { RUN_FILE } from '../profile/format.js';
import { Coverage } from '../profile/state/coverage.js';
import type { StateFile } from '../profile/state/state-file.js';
import type { StateHeader } from '../profile/state/types.js';
import { shellWord } from '../report/shell-word.js';
import { wantedFiles } from './completeness.js';
import { shardOfFolder } from './shard.js';

/** What a merge is told whose states are not all of a corpus: what is missing, and the command that computes it. */
export async function missingTrouble(header: StateHeader, states: readonly StateFile[]): Promise<UserError> {
  const shards = missingShards(states);
  const command = shards === null ? null : await commandFor(shards, states);
  const cure =
    command === null ? 'give the states of the other shards too' : `compute what is missing: ${command}`;
  return new UserError({
    what: shards === null ? missingBlocks(header) : missingByName(shards),
    where: states.length === 1 ? states[0]!.path : `${states[0]!.path} and ${states.length - 1} more`,
    todo: `${cure}; or merge what there is with --partial`,
    exit: Exit.DATA,
  });
}

interface Missing {
  /** Ascending. */
  missing: number[];
  n: number;
}

/** By the names of the states' folders; null where these do not tell. */
function missingShards(states: readonly StateFile[]): Missing | null {
  const shards = states.map((state) => shardOfFolder(path.dirname(path.resolve(state.path))));
  const n = shards[0]?.n;
  if (n === undefined || !shards.every((shard) => shard?.n === n)) return null;
  const there = new Set(shards.map((shard) => shard!.i));
  const missing = Array.from({ length: n }, (_, i) => i).filter((i) => !there.has(i));
  return missing.length === 0 ? null : { missing, n };
}

function missingByName({ missing, n }: Missing): string {
  return missing.length === 1
    ? `shard ${missing[0]} of ${n} is missing (they count from 0)`
    : `${missing.length} of ${n} shards are missing: ${missing.join(', ')} (they count from 0)`;
}

function missingBlocks(header: StateHeader): string {
  const covered = Coverage.of(header.covered.blocks);
  const parts = wantedFiles(header).flatMap((i) => {
    const { path: name } = header.corpus[i]!;
    const file = header.files[i]!;
    if (file === null) return [`all of ${name}`];
    const missing = file.blocks - covered.count(i);
    return missing === 0 ? [] : [`${missing} of the ${file.blocks} blocks of ${name}`];
  });
  return `the states do not hold the whole corpus: missing ${parts.length === 0 ? 'some' : parts.join(', ')}`;
}

/** The command of one of the shards, with the numbers of those that are missing; null where none recorded it. */
async function commandFor({ missing, n }: Missing, states: readonly StateFile[]): Promise<string | null> {
  for (const state of states) {
    const given = await argumentsOf(path.dirname(state.path));
    if (given === null) continue;
    const words = ['neuroprobe', ...withoutShard(given)].map(shellWord).join(' ');
    if (missing.length === 1) return `${words} --shard ${missing[0]}/${n} --resume`;
    return `for i in ${missing.join(' ')}; do ${words} --shard $i/${n} --resume; done`;
  }
  return null;
}

async function argumentsOf(folder: string): Promise<string[] | null> {
  try {
    const run = JSON.parse(await readFile(path.join(folder, RUN_FILE), 'utf8')) as { arguments?: unknown };
    return Array.isArray(run.arguments) ? run.arguments.map(String) : null;
  } catch {
    return null; // the state may have been copied alone
  }
}

function withoutShard(given: readonly string[]): string[] {
  return given.filter((word, i) => {
    if (['--shard', '--shards'].includes(word) || /^--shards?=/.test(word)) return false;
    return !['--shard', '--shards'].includes(given[i - 1] ?? '') && !['--resume', '--force'].includes(word);
  });
}
