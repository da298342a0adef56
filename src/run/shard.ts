import path from 'node:path';

/** A share of a corpus: `i` of `n`, from 0. */
export interface Shard {
  i: number;
  n: number;
  /** `block`: block k of file f where (f + k) mod n = i; `file`: file f where f mod n = i. */
  by: 'block' | 'file';
}

/** Whether a shard reads a file at all. */
export function readsFile(shard: Shard | null, file: number): boolean {
  return shard === null || shard.by === 'block' || file % shard.n === shard.i;
}

/** Whether a shard computes a block; of a file that it reads. */
export function ownsBlock(shard: Shard | null, file: number, block: number): boolean {
  return shard === null || shard.by === 'file' || (file + block) % shard.n === shard.i;
}

export function shardFolder(output: string, { i, n }: Pick<Shard, 'i' | 'n'>): string {
  return path.join(output, `shard-${i}-of-${n}`);
}

/** The shard that a folder's name tells; null where it tells none. */
export function shardOfFolder(folder: string): { i: number; n: number } | null {
  const match = /^shard-(\d+)-of-(\d+)$/.exec(path.basename(folder));
  return match === null ? null : { i: Number(match[1]), n: Number(match[2]) };
}

/** Those of a folder's entries that are shards, in their order. */
export function shardsAmong(names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, shard: shardOfFolder(name) }))
    .filter(({ shard }) => shard !== null)
    .sort((a, b) => a.shard!.n - b.shard!.n || a.shard!.i - b.shard!.i)
    .map(({ name }) => name);
}
