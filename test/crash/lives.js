/*
 * Runs that are killed and go on. A journal outside of the output, to which every block begun and ended adds a line
 * (NEUROPROBE_JOURNAL), tells what all lives computed together; the checkpoints on disk after each death tell
 * what none of the later ones may compute again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Coverage } from '../../dist/profile/state/coverage.js';
import { StateFile } from '../../dist/profile/state/state-file.js';
import { generator } from '../bench/random.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BIN = path.join(root, 'bin/neuroprobe.js');
export const MODEL = path.join(root, 'fixtures/llama-shakespeare');

/**
 * Arguments of a run over `corpus` into `output`.
 * @param {string} corpus
 * @param {string} output
 * @param {string[]} more
 * @returns {string[]}
 */
export function runArguments(corpus, output, more = []) {
  return ['profile', MODEL, corpus, '-o', output, '--quiet', '-k', '5', '--around', '4', ...more];
}

/**
 * Starts the command line; `ended` gives code, signal and what it said on stderr.
 * @param {string[]} args
 * @param {{ journal?: string, env?: Record<string, string> }} options
 * @returns {{ child: import('node:child_process').ChildProcess,
 *   ended: Promise<{ code: number | null, signal: string | null, errors: string }> }}
 */
export function start(args, { journal, env = {} } = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, ...(journal === undefined ? {} : { NEUROPROBE_JOURNAL: journal }) },
  });
  let errors = '';
  child.stderr.on('data', (part) => (errors += part));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, errors }));
  return { child, ended };
}

export async function succeed(args, options) {
  const { code, errors } = await start(args, options).ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${errors}`);
}

/**
 * What the checkpoints beside an output hold, and how many files there are; read as a resume reads them.
 * @param {string} output
 * @returns {Promise<{ covered: { has(file: number, block: number): boolean, count(): number }, files: number }>}
 */
export async function checkpointed(output) {
  const folder = `${output}.partial`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.state')) : [];
  const covered = new Coverage();
  for (const name of names) {
    const { header } = await StateFile.open(path.join(folder, name));
    covered.addAll(Coverage.of(header.covered.blocks));
  }
  return { covered, files: names.length };
}

/**
 * Lines of a journal from the `from`th on.
 * @param {string} journal
 * @returns {{ event: string, pid: number, file: number, block: number, part: number }[]}
 */
export function readJournal(journal, from = 0) {
  if (!existsSync(journal)) return [];
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1).slice(from);
  return lines.map((line) => {
    const [event, pid, file, block, part] = line.split(' ');
    return { event, pid: Number(pid), file: Number(file), block: Number(block), part: Number(part) };
  });
}

/**
 * Blocks begun; a part of one that another worker took is none.
 * @template {{ event: string, part: number }} Entry
 * @param {Entry[]} entries
 * @returns {Entry[]}
 */
export function begun(entries) {
  return entries.filter(({ event, part }) => event === 'begin' && part === 0);
}

/**
 * Kills a run again and again with SIGKILL, each time some moments after its workers began, until it has died `kills`
 * times, then lets it end.
 * @param {string[]} args
 * @param {string} output
 * @param {string} journal
 * @param {{ kills: number, moments: number[], seed: number, again?: string[], whenSaved?: boolean, env?: (random: () => number) => Record<string, string> }} options
 *   moments: [least, most] milliseconds between a life's first block and its death;
 *   whenSaved: whether the moments count from the first checkpoint;
 *   again: how it is started after a death: `--resume`, or what a broken variant would do
 * @returns what the lives did, for `faults`
 */
export async function killed(
  args,
  output,
  journal,
  { kills, moments, seed, again = ['--resume'], whenSaved = false, env },
) {
  const random = generator(seed);
  const deaths = [];
  let recomputed = 0;
  for (let first = true; deaths.length < kills; first = false) {
    const before = await checkpointed(output);
    const from = readJournal(journal).length;
    const { child, ended } = start(first ? args : [...args, ...again], { journal, env: env?.(random) });
    let over = null;
    ended.then((end) => (over = end));
    while (over === null && readJournal(journal).length === from) await sleep(20);
    while (whenSaved && over === null && (await checkpointed(output)).files === 0) await sleep(20);
    await Promise.race([ended, sleep(moments[0] + (random() / 2 ** 32) * (moments[1] - moments[0]))]);
    child.kill('SIGKILL');
    const { code, signal, errors } = await ended;
    const life = begun(readJournal(journal, from));
    recomputed += life.filter(({ file, block }) => before.covered.has(file, block)).length;
    if (signal !== 'SIGKILL') return { deaths, recomputed, early: { code, errors } };
    const after = await checkpointed(output);
    deaths.push({ begun: life.length, saved: after.covered.count(), files: after.files });
  }
  const before = await checkpointed(output);
  const from = readJournal(journal).length;
  await succeed([...args, ...again], { journal });
  const last = begun(readJournal(journal, from));
  recomputed += last.filter(({ file, block }) => before.covered.has(file, block)).length;
  return { deaths, recomputed, early: null };
}

/** Names of files, run.json apart, in which two outputs differ. */
export function differing(output, reference) {
  const names = (folder) => readdirSync(folder).filter((name) => name !== 'run.json');
  const all = new Set([...names(output), ...names(reference)]);
  return [...all].filter((name) => {
    const [a, b] = [output, reference].map((folder) => path.join(folder, name));
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
  });
}

/**
 * What a killed run did wrong, in sentences; none where nothing was lost.
 * @param interval blocks that all workers together compute between two checkpoints
 */
export function faults({ deaths, recomputed }, journal, { blocks, workers, interval, output, reference }) {
  const found = [];
  const computed = begun(readJournal(journal)).length;
  const most = blocks + deaths.length * (workers + interval);
  if (recomputed > 0) found.push(`${recomputed} blocks that a checkpoint held were computed again`);
  if (computed > most) found.push(`${computed} blocks were computed, and ${most} would do`);
  const other = differing(output, reference);
  if (other.length > 0) found.push(`these files differ: ${other.join(', ')}`);
  return found;
}
