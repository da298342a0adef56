import type { Shard } from '../run/shard.js';
import { usageError } from '../core/usage-error.js';

/** What commander makes of the options that name a shard. */
export interface ShardOptions {
  shard?: string;
  shards?: number;
  shardBy?: Shard['by'];
}

/** Where schedulers tell a task its number. */
const TASK_IDS = ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX'] as const;

/**
 * The shard that `--shard i/n`, or `--shard auto --shards n`, names; null where none is named. `auto` takes the
 * task's number modulo n, so that any n consecutive numbers serve, and a task that is submitted again alone keeps its shard.
 * @throws UserError (exit 2)
 */
export function shardOf(
  { shard, shards, shardBy }: ShardOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Shard | null {
  if (shard === undefined) {
    if (shards !== undefined)
      throw usageError('--shards', 'it says how many, and nothing says which', 'give --shard auto too');
    if (shardBy !== undefined) throw usageError('--shard-by', 'there is no shard', 'give --shard i/n too');
    return null;
  }
  const by = shardBy ?? 'block';
  if (shard === 'auto') return { ...automatic(shards, environment), by };
  const match = /^(\d+)\/(\d+)$/.exec(shard);
  const [i, n] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || !(i < n && Number.isSafeInteger(n))) {
    throw usageError(
      '--shard',
      `"${shard}" is no shard`,
      'give i/n, i from 0 to n − 1, such as 0/8; or auto',
    );
  }
  if (shards !== undefined && shards !== n)
    throw usageError('--shards', `${shards} is not the ${n} of --shard ${shard}`, 'leave it out');
  return { i, n, by };
}

function automatic(
  shards: number | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): { i: number; n: number } {
  if (shards === undefined)
    throw usageError('--shard auto', 'it does not know how many shards there are', 'give --shards N too');
  const name = TASK_IDS.find((candidate) => environment[candidate] !== undefined);
  const told = environment[name ?? ''] ?? '';
  if (name === undefined || !/^\d+$/.test(told)) {
    throw usageError(
      '--shard auto',
      name === undefined
        ? `neither ${TASK_IDS.join(' nor ')} is set: this is no task of an array`
        : `${name} is "${told}", no whole number`,
      'run it in an array job, or name the shard: --shard 0/8',
    );
  }
  return { i: Number(told) % shards, n: shards };
}
