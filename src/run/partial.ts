import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, writeTrouble } from '../profile/disk-trouble.js';
import { hashFile } from '../profile/hash-file.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import { Coverage } from '../profile/state/coverage.js';
import { StateFile } from '../profile/state/state-file.js';
import type { RunIdentity, SpoolMark, StateHeader } from '../profile/state/types.js';
import { replaceFile } from '../profile/write/replace-file.js';
import { Covered } from './covered.js';
import { firstDifference } from './identity.js';
import type { SpoolKind } from './spool.js';

/*
 * The checkpoints of a run that is under way, in `OUT.partial`:
 *
 * | file                | is                                                                     |
 * |---------------------|------------------------------------------------------------------------|
 * | `LIFE-WORKER.state` | what that worker had of all the blocks that it finished, or took over  |
 * | `LIFE-WORKER.rejects` | the lines that that worker rejected; a state says how many bytes count |
 * | `LIFE-WORKER.dump`  | what that worker dumped, with `--dump`; likewise                       |
 * | `LIFE-WORKER.documents` | values of documents that it set aside for the sample, likewise       |
 * | `lives.json`        | for each life of the run: how many blocks it found done at its start   |
 *
 * Each worker saves by itself, between two blocks, so that a checkpoint asks
 * nobody to wait. A worker that took over another life's files removes them when
 * its own first one is in: should it die between, the larger one holds the smaller.
 */
export function partialFolder(output: string): string {
  return `${output}.partial`;
}

export function checkpointFile(folder: string, life: number, worker: number): string {
  return path.join(folder, `${life}-${worker}${STATE}`);
}

/** Where a worker puts what is not of its state. */
export function spoolFile(
  { folder, life }: { folder: string; life: number },
  worker: number,
  kind: SpoolKind,
): string {
  return path.join(folder, `${life}-${worker}.${kind}`);
}

const STATE = '.state';
/** Names of files that we make, finished or not: no other is ever removed. */
const OURS = /^(?:\d+-\d+\.(?:state|rejects|documents|dump)|lives\.json)(?:\.tmp-\d+-[0-9a-f]+)?$/;
const LIVES = 'lives.json';

/** A run that was begun before. */
export interface Found {
  /** States to go on from: together they are what is done. */
  states: StateFile[];
  /** Blocks done at the start of each life before. */
  lives: number[];
  covered: Covered;
  /** Rejected lines of what is done. */
  rejects: SpooledBytes[];
  /** Values of documents of what is done. */
  documents: SpooledBytes[];
  /** What it dumped. */
  dump: SpooledBytes[];
}

/** Whether there is a checkpoint of an output. */
export async function hasCheckpoint(output: string): Promise<boolean> {
  return (await stateFiles(partialFolder(output))).length > 0;
}

/**
 * What a run of this identity can go on from. A file of the corpus that has grown since is taken as it was: `pin` is
 * told the sizes that the corpus had, before `identity` is asked for.
 * @throws UserError: 78 where the checkpoint is of another run, naming the first thing that differs; 65 where it is damaged
 */
export async function findCheckpoint(
  output: string,
  pin: (corpus: RunIdentity['corpus']) => Promise<void>,
  identityNow: () => RunIdentity,
): Promise<Found> {
  const folder = partialFolder(output);
  const files = await Promise.all((await stateFiles(folder)).map(openCheckpoint));
  if (files.length > 0) await pin(files[0]!.header.corpus);
  const identity = identityNow();
  for (const { header, path: where } of files) requireSame(header, identity, where);
  const bySize = files
    .map((file) => ({ file, blocks: Coverage.of(file.header.covered.blocks) }))
    .sort((a, b) => b.blocks.count() - a.blocks.count());
  const covered = new Covered();
  const states: StateFile[] = [];
  for (const { file, blocks } of bySize) {
    // What another took over and could not remove any more.
    if (covered.blocks.includes(blocks)) continue;
    if (covered.blocks.overlap(blocks) !== null) throw damaged(file.path);
    covered.addState(file.header.covered);
    states.push(file);
  }
  const spools: Record<SpoolKind, SpooledBytes[]> = { rejects: [], documents: [], dump: [] };
  for (const { header } of states) {
    for (const mark of header.spools ?? []) {
      const file = path.join(folder, mark.name);
      const kind = mark.name.slice(mark.name.lastIndexOf('.') + 1) as SpoolKind;
      if (!(await isAsCounted(file, mark))) throw damagedSpool(file, kind);
      spools[kind].push({ path: file, bytes: mark.bytes });
    }
  }
  return { states, lives: await readLives(folder), covered, ...spools };
}

/**
 * Begins a life: makes the folder where there is none, removes what earlier lives left that is not gone on from, such
 * as a checkpoint half written, and notes what was done before.
 */
export async function beginLife(
  output: string,
  { states, rejects, documents, dump, lives, covered }: Found,
): Promise<number[]> {
  const folder = partialFolder(output);
  const kept = [...states, ...rejects, ...documents, ...dump].map((file) => path.basename(file.path));
  try {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      if (OURS.test(name) && !kept.includes(name)) await rm(path.join(folder, name), { force: true });
    }
  } catch (error) {
    throw writeTrouble(error, folder);
  }
  const all = [...lives, covered.blocks.count()];
  await replaceFile(path.join(folder, LIVES), [Buffer.from(`${JSON.stringify(all)}\n`)]);
  return all;
}

/** Whether the checkpoint of an output is of a run of this identity. */
export async function isCheckpointOf(output: string, identity: RunIdentity): Promise<boolean> {
  for (const file of await stateFiles(partialFolder(output))) {
    const { header } = await StateFile.open(file);
    if (firstDifference(header, identity) !== null) return false;
  }
  return true;
}

/**
 * Makes sure that the place of the checkpoints is free, or ours.
 * @throws UserError (exit 73) where it holds anything else
 */
export async function requireOurs(output: string): Promise<void> {
  const folder = partialFolder(output);
  const strange = (await namesIn(folder)).find((name) => !OURS.test(name));
  if (strange === undefined) return;
  throw new UserError({
    what: `checkpoints would lie here, and there is something else: ${strange}`,
    where: folder,
    todo: 'move it away, or name another directory with -o',
    exit: Exit.CANNOT_CREATE,
  });
}

/** Removes the checkpoints: states first, for these alone make others worth anything. */
export async function removePartial(output: string): Promise<void> {
  const folder = partialFolder(output);
  const ours = (await namesIn(folder)).filter((name) => OURS.test(name));
  const states = ours.filter((name) => name.endsWith(STATE));
  try {
    for (const name of [...states, ...ours]) await rm(path.join(folder, name), { force: true });
    await rmdir(folder);
  } catch (error) {
    // ENOTDIR: a link to a folder, which somebody made, and keeps.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error)))
      throw writeTrouble(error, folder);
  }
}

async function stateFiles(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  return names
    .filter((name) => /^\d+-\d+\.state$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw writeTrouble(error, folder);
  }
}

/** At least as many as the names of files tell: a new life must not write what an old one wrote. */
async function readLives(folder: string): Promise<number[]> {
  const lives = (await namesIn(folder)).map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0));
  const least = Math.max(0, ...lives);
  const noted = await readFile(path.join(folder, LIVES), 'utf8').then(numbersIn, () => []);
  return [...noted, ...Array.from({ length: Math.max(0, least - noted.length) }, () => 0)];
}

/** A list of numbers as JSON; none where it is anything else: only run.json's story hangs on it. */
function numbersIn(text: string): number[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((each) => typeof each === 'number') ? value : [];
  } catch {
    return [];
  }
}

/** Whether the first bytes of a spool are those that a checkpoint counted. */
async function isAsCounted(file: string, { bytes, sha256 }: SpoolMark): Promise<boolean> {
  const found = await hashFile(file, bytes).catch(() => null); // gone, or not to be read
  return found?.bytes === bytes && found.sha256 === sha256;
}

/** What lies in a spool. */
const HELD: Record<SpoolKind, string> = {
  rejects: 'rejected lines',
  documents: 'values of documents',
  dump: 'dumped activations',
};

function damagedSpool(where: string, kind: SpoolKind): UserError {
  return new UserError({
    what: `the ${HELD[kind]} of this checkpoint are damaged or gone`,
    where,
    todo: 'start over with --force',
    exit: Exit.DATA,
  });
}

function requireSame(header: StateHeader, identity: RunIdentity, where: string): void {
  const difference = firstDifference(header, identity);
  if (difference === null) return;
  const { what, was, is } = difference;
  throw new UserError({
    what: `the checkpoint is of another run: its ${what} was ${was}, and now it is ${is}`,
    where,
    todo: 'give what was given then, or start over with --force',
    exit: Exit.SETTINGS,
  });
}

/** Opens a checkpoint; where it is unusable, the cure is that of one. */
async function openCheckpoint(file: string): Promise<StateFile> {
  try {
    return await StateFile.open(file);
  } catch (error) {
    if (!(error instanceof UserError) || error.exit !== Exit.DATA) throw error;
    throw new UserError({ ...error.trouble, todo: 'start over with --force', cause: error });
  }
}

function damaged(where: string): UserError {
  return new UserError({
    what: 'this checkpoint and another beside it hold the same block',
    where,
    todo: 'start over with --force',
    exit: Exit.DATA,
  });
}
