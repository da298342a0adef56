import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { requireLock, takeLock } from '../../src/run/lock.js';
import { temporaryDirectory } from '../support/cli.js';

interface Holder {
  token: string;
  host: string;
  boot: string;
  pidNamespace: string;
  pid: number;
  pidStart: string;
  job: string;
  task: string;
  restart: number;
}

describe('the lock of an output', () => {
  const folder = temporaryDirectory();
  const children: ChildProcess[] = [];
  let next = 0;
  const output = () => path.join(folder, `out-${next++}`);
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const name of ['SLURM_JOB_ID', 'SLURM_ARRAY_TASK_ID', 'SLURM_RESTART_COUNT'])
      delete process.env[name];
  });

  /** What this process would write, with some of it otherwise. */
  async function holder(changed: Partial<Holder>): Promise<Holder> {
    const out = output();
    const lock = await takeLock(out);
    const held = JSON.parse(readFileSync(`${out}.lock`, 'utf8')) as Holder;
    await lock.release();
    return { ...held, token: 'theirs', ...changed };
  }

  /** Leaves another's lock at an output that nobody else names. */
  async function leave(changed: Partial<Holder>, { secondsAgo = 0 } = {}): Promise<string> {
    const out = output();
    writeFileSync(`${out}.lock`, JSON.stringify(await holder(changed)));
    const then = new Date(Date.now() - 1000 * secondsAgo);
    utimesSync(`${out}.lock`, then, then);
    return out;
  }

  const refused = { trouble: { exit: 75 } };

  test('is there while it is held, and gone afterwards', async () => {
    const out = output();
    const lock = await takeLock(out);
    expect(existsSync(`${out}.lock`)).toBe(true);
    await expect(takeLock(out)).rejects.toMatchObject(refused);
    requireLock(lock);
    await lock.release();
    expect(existsSync(`${out}.lock`)).toBe(false);
    await (await takeLock(out)).release();
  });

  test('of a process of this machine is respected while that lives, however long ago it touched it', async () => {
    const child = spawn('sleep', ['60']);
    children.push(child);
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const pidStart = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
    const out = await leave({ pid: child.pid!, pidStart }, { secondsAgo: 3600 });
    await expect(takeLock(out)).rejects.toMatchObject(refused);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('exit', resolve));
    await (await takeLock(out)).release();
  });

  test('of a process that another one has the number of now is taken over', async () => {
    const out = await leave({ pidStart: '1' });
    const lock = await takeLock(out);
    expect(lock.isHeld).toBe(true);
    await lock.release();
  });

  test.each([
    ['of another node', { host: 'another-node' }],
    ['of another boot of this one', { boot: 'another' }],
    ['of another container', { pidNamespace: 'pid:[1]' }],
  ])('%s is respected for five minutes', async (_, changed) => {
    await expect(takeLock(await leave(changed, { secondsAgo: 200 }))).rejects.toMatchObject(refused);
    await (await takeLock(await leave(changed, { secondsAgo: 400 }))).release();
  });

  test('of an earlier start of the same job and task is taken over at once, of the same start it is not', async () => {
    Object.assign(process.env, { SLURM_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3', SLURM_RESTART_COUNT: '2' });
    const elsewhere = { host: 'another-node', job: '7', task: '3' };
    await (await takeLock(await leave({ ...elsewhere, restart: 1 }))).release();
    await expect(takeLock(await leave({ ...elsewhere, restart: 2 }))).rejects.toMatchObject(refused);
    await expect(takeLock(await leave({ ...elsewhere, task: '4', restart: 1 }))).rejects.toMatchObject(
      refused,
    );
  });

  test('that was taken over is not ours any more, and is left to the other', async () => {
    const out = output();
    const lock = await takeLock(out);
    writeFileSync(`${out}.lock`, JSON.stringify(await holder({ host: os.hostname() })));
    expect(() => requireLock(lock)).toThrow('another run has taken over this output');
    await lock.release();
    expect(existsSync(`${out}.lock`)).toBe(true);
  });

  test.each(['# yarn lockfile v1\n', '{"_meta":{}}'])(
    'is not taken for one where it is a file of something else',
    async (text) => {
      const out = output();
      writeFileSync(`${out}.lock`, text);
      const dayAgo = new Date(Date.now() - 86_400_000);
      utimesSync(`${out}.lock`, dayAgo, dayAgo);
      await expect(takeLock(out)).rejects.toMatchObject({ trouble: { exit: 73 } });
      expect(readFileSync(`${out}.lock`, 'utf8')).toBe(text);
    },
  );

  test('half written is respected while it is young', async () => {
    const out = output();
    writeFileSync(`${out}.lock`, '{"token":');
    await expect(takeLock(out)).rejects.toMatchObject(refused);
  });
});
