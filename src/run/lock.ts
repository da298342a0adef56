import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exit, UserError } from '../core/errors.js';
import { codeOf, writeTrouble } from '../profile/disk-trouble.js';

/*
 * One run at a time writes an output: it holds `OUT.lock`, a JSON object that
 * says who it is. A pid alone means nothing on another node, in containers every
 * process is pid 1, and a laptop that slept wakes up again: so the holder also
 * touches the file while it lives, and looks whether it is still its own before every rename.
 */

/** Who holds a lock. What a system does not tell is ''. */
interface Holder {
  token: string;
  host: string;
  boot: string;
  pidNamespace: string;
  pid: number;
  /** When the process started, in the kernel's ticks. */
  pidStart: string;
  /** Of the scheduler. */
  job: string;
  task: string;
  restart: number;
}

const HEARTBEAT_MS = 20_000;
/** A holder that has not touched its lock for so long is taken for dead. */
const STALE_MS = 5 * 60_000;
/** Two that take over at once both rename; after this long the loser sees the winner's token. */
const SETTLE_MS = 50;

export interface Lock {
  path: string;
  token: string;
}

export class HeldLock implements Lock {
  readonly path: string;
  readonly token: string;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(path: string, token: string) {
    this.path = path;
    this.token = token;
    this.heartbeat = setInterval(() => void this.touch(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get isHeld(): boolean {
    return isHeld(this);
  }

  /** @throws UserError (exit 75) where another run has taken it */
  requireHeld(): Promise<void> {
    requireLock(this);
    return Promise.resolve();
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    if (isHeld(this)) await rm(this.path, { force: true });
  }

  private async touch(): Promise<void> {
    if (!isHeld(this)) return;
    const now = new Date();
    await utimes(this.path, now, now).catch(() => {}); // a full disk, a node that lost its mount: the next try
  }
}

/**
 * Takes the lock of an output.
 * @throws UserError (exit 75) where a run that lives holds it
 */
export async function takeLock(output: string): Promise<HeldLock> {
  const path = `${output}.lock`;
  const me = thisProcess();
  for (;;) {
    try {
      await create(path, me);
      return new HeldLock(path, me.token);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw writeTrouble(error, path);
    }
    const there = await read(path);
    if (there === null) continue; // it went away meanwhile
    const alive = judge(there.holder, me, there.touched);
    if (alive !== null) throw busy(output, alive);
    const own = `${path}-${me.token}`;
    try {
      await create(own, me);
      await rename(own, path);
    } catch (error) {
      await rm(own, { force: true });
      throw writeTrouble(error, path);
    }
    await sleep(SETTLE_MS);
    if (isHeld({ path, token: me.token })) return new HeldLock(path, me.token);
  }
}

/**
 * Looks whether a lock is still held by its token. Synchronous: nothing of ours runs between this and what it guards.
 * @throws UserError (exit 75) where it is not
 */
export function requireLock(lock: Lock): void {
  if (isHeld(lock)) return;
  throw new UserError({
    what: 'another run has taken over this output: this one was taken for dead',
    where: lock.path,
    todo: 'let the other finish; nothing more is written by this one',
    exit: Exit.TRY_AGAIN,
  });
}

function isHeld({ path, token }: Lock): boolean {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as Holder).token === token;
  } catch {
    return false;
  }
}

/** Why the holder is taken to be alive; null where it is not. */
function judge(holder: Holder | null, me: Holder, touched: number): string | null {
  const age = Date.now() - touched;
  if (holder !== null) {
    const same =
      holder.host === me.host && holder.boot === me.boot && holder.pidNamespace === me.pidNamespace;
    if (same && holder.boot !== '') {
      return startOf(holder.pid) === holder.pidStart ? `process ${holder.pid} of this machine` : null;
    }
    if (me.job !== '' && holder.job === me.job && holder.task === me.task && holder.restart < me.restart)
      return null;
  }
  if (age > STALE_MS) return null;
  const who = holder === null ? 'a run' : `process ${holder.pid} on ${holder.host}`;
  return `${who}, ${Math.max(0, Math.round(age / 1000))} s ago`;
}

async function create(path: string, holder: Holder): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(holder)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function read(path: string): Promise<{ holder: Holder | null; touched: number } | null> {
  try {
    const [text, { mtimeMs }] = [await readFile(path, 'utf8'), await stat(path)];
    return { holder: parse(text, path), touched: mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error instanceof UserError ? error : writeTrouble(error, path);
  }
}

/** Null while it is being written. @throws UserError (exit 73) where the file is not one of ours */
function parse(text: string, where: string): Holder | null {
  if (text === '') return null;
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    if (typeof holder.token === 'string' && typeof holder.pidNamespace === 'string') return holder as Holder;
  } catch {
    if (text.startsWith('{"token":')) return null;
  }
  throw new UserError({
    what: 'the lock of this output would lie here, and there is a file of something else',
    where,
    todo: 'name another directory with -o, or move the file away',
    exit: Exit.CANNOT_CREATE,
  });
}

function thisProcess(): Holder {
  const { env } = process;
  return {
    token: randomBytes(16).toString('hex'),
    host: os.hostname(),
    boot: line('/proc/sys/kernel/random/boot_id'),
    pidNamespace: link('/proc/self/ns/pid'),
    pid: process.pid,
    pidStart: startOf(process.pid),
    job: env['SLURM_ARRAY_JOB_ID'] ?? env['SLURM_JOB_ID'] ?? '',
    task: env['SLURM_ARRAY_TASK_ID'] ?? '',
    restart: Number(env['SLURM_RESTART_COUNT'] ?? 0),
  };
}

/**
 * Field 22 of /proc/PID/stat (proc(5)), its start; '' where there is no such process, or it is dead and only waits to
 * be fetched. Its name, in brackets, may hold spaces; the third field, its state, stands behind.
 */
function startOf(pid: number): string {
  const stat = line(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZX'.includes(fields[0]!) ? '' : (fields[19] ?? '');
}

function line(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function busy(output: string, alive: string): UserError {
  return new UserError({
    what: `another run is writing here: ${alive}`,
    where: output,
    todo: 'wait for it, stop it, or name another directory with -o; one that died elsewhere is taken for dead after five minutes',
    exit: Exit.TRY_AGAIN,
  });
}
