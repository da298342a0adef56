import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeTexts } from '../bench/corpora.js';
import { BIN, succeed, temporaryDirectory } from '../support/cli.js';
import { expectSameFiles } from '../support/profiles.js';
import { begun, checkpointed, faults, killed, readJournal, runArguments, start } from './lives.js';

const WORKERS = 2;
const EVERY = 0.3;

describe('a run that dies', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const corpus = at('texts.jsonl');
  const settings = [
    '--workers',
    String(WORKERS),
    '--checkpoint-every',
    String(EVERY),
    '--block-size',
    '8KiB',
  ];
  const args = (output: string, ...more: string[]) => runArguments(corpus, output, [...settings, ...more]);
  let blocks = 0;
  let interval = 0;

  beforeAll(async () => {
    await writeTexts(corpus, 4000);
    succeed(args(at('undisturbed')), { env: { NEUROPROBE_JOURNAL: at('undisturbed.journal') } });
    blocks = begun(readJournal(at('undisturbed.journal'))).length;
    const run = JSON.parse(readFileSync(at('undisturbed/run.json'), 'utf8')) as {
      seconds: { running: number };
    };
    interval = Math.ceil((blocks / run.seconds.running) * (EVERY + 1));
  });

  async function judge(name: string, options: Parameters<typeof killed>[3]): Promise<string[]> {
    const story = await killed(args(at(name)), at(name), at(`${name}.journal`), options);
    expect(story.early).toBeNull();
    const told = { blocks, workers: WORKERS, interval, output: at(name), reference: at('undisturbed') };
    return faults(story, at(`${name}.journal`), told);
  }

  test('ten times at random moments loses nothing and computes next to nothing twice', async () => {
    expect(await judge('killed', { kills: 10, moments: [50, 900], seed: 3 })).toEqual([]);
  });

  test('within the saving of its checkpoint goes on from the one before', async () => {
    const env = (random: () => number) => ({ NEUROPROBE_CRASH_AT: String(1 + (random() % 24)) });
    expect(await judge('killed-saving', { kills: 5, moments: [60_000, 60_000], seed: 4, env })).toEqual([]);
  });

  test('is found out where it does not go on from its checkpoints', async () => {
    const wrong = await judge('forgetful', {
      kills: 2,
      moments: [50, 100],
      whenSaved: true,
      seed: 5,
      again: ['--force'],
    });
    expect(wrong.join()).toContain('that a checkpoint held were computed again');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s keeps its checkpoint, and says what that loses',
    async (signal) => {
      const output = at(`stopped-${signal}`);
      const { child, ended } = start(args(output).filter((word) => word !== '--quiet'));
      while ((await checkpointed(output).catch(() => ({ files: 0 }))).files < 2) await sleep(20);
      const sent = performance.now();
      child.kill(signal);
      const end = await ended;
      expect(end.signal).toBe(signal);
      expect(performance.now() - sent).toBeLessThan(3000);
      expect(end.errors).toMatch(
        /stopped: (one block|\d+ blocks) computed since the last checkpoint must be computed again/,
      );
      expect(readdirSync(folder)).not.toContain(`${path.basename(output)}.lock`);
      succeed([...args(output), '--resume']);
      expectSameFiles(output, at('undisturbed'));
    },
  );

  test('in a batch that takes twenty seconds ends within three', async () => {
    const output = at('long-batch');
    const long = args(
      output,
      '--batch-tokens',
      '600000',
      '--block-size',
      '4MiB',
      '--context',
      '256',
      '--workers',
      '1',
    );
    const { child, ended } = start(long, { journal: at('long-batch.journal') });
    while (readJournal(at('long-batch.journal')).length === 0) await sleep(50);
    await sleep(1500);
    const sent = performance.now();
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
    expect(performance.now() - sent).toBeLessThan(3000);
    expect(readJournal(at('long-batch.journal'))).toHaveLength(1);
  });

  test('as pid 1 of a container ends by SIGTERM with 143, and keeps its checkpoint', async ({ skip }) => {
    const output = at('pid-1');
    const space = ['--pid', '--fork', '--mount-proc', '--kill-child'];
    const can = spawnSync('unshare', [...space, 'true']);
    if (can.status !== 0) skip('no pid namespace can be made here');
    const inside = spawn('unshare', [...space, process.execPath, BIN, ...args(output)], { stdio: 'ignore' });
    const ended = once(inside, 'exit');
    while ((await checkpointed(output).catch(() => ({ files: 0 }))).files < 2) await sleep(20);
    const first = spawnSync('pgrep', ['-P', String(inside.pid)])
      .stdout.toString()
      .trim();
    process.kill(Number(first), 'SIGTERM');
    const sent = performance.now();
    expect((await ended)[0]).toBe(143);
    expect(performance.now() - sent).toBeLessThan(3000);
    expect((await checkpointed(output)).covered.count()).toBeGreaterThan(0);
  });

  test('for want of room on the disk ends with 75, keeps what it had, and goes on when there is room', async ({
    skip,
    onTestFinished,
  }) => {
    const disk = at('disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]);
    if (mounted.status !== 0) skip(`no small disk can be mounted here: ${mounted.stderr?.toString().trim()}`);
    onTestFinished(() => void spawnSync('umount', ['-l', disk]));
    const output = path.join(disk, 'out');
    const first = start(args(output));
    while ((await checkpointed(output).catch(() => ({ files: 0 }))).files < 2) await sleep(20);
    // Another fills the disk.
    const size = Number(spawnSync('df', ['--output=avail', '-B1', disk]).stdout.toString().split('\n')[1]);
    writeFileSync(path.join(disk, 'ballast'), Buffer.alloc(Math.max(0, size - 4096)));
    const full = await first.ended;
    expect(full.code).toBe(75);
    expect(full.errors).toContain('no space left on the disk');
    expect(existsSync(output)).toBe(false);
    const { covered } = await checkpointed(output);
    expect(covered.count()).toBeGreaterThan(0);
    spawnSync('mount', ['-o', 'remount,size=400m', disk]);
    succeed([...args(output), '--resume']);
    expectSameFiles(output, at('undisturbed'));
  });
});
