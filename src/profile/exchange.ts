import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, writeTrouble } from './disk-trouble.js';
import { findManifest } from './read/manifest.js';

/**
 * How a profile comes to its place whole or not at all. Beside OUT:
 *
 * | directory              | is                                                           |
 * |------------------------|--------------------------------------------------------------|
 * | `OUT.tmp-PID-RANDOM`   | a profile being written by that process                      |
 * | `OUT.old-PID-RANDOM`   | the one that stood at OUT, moved aside; removed when the new |
 * |                        | one is in                                                    |
 *
 * A process may die between any two steps; `settle` puts that right at the next start.
 */
export async function makeTemporary(output: string): Promise<string> {
  const folder = beside(output, 'tmp');
  try {
    await mkdir(folder);
  } catch (error) {
    throw writeTrouble(error, folder);
  }
  return folder;
}

/** Puts the finished `temporary` at `output`; `there` is what stands there now. */
export async function putInPlace(
  temporary: string,
  output: string,
  there: 'nothing' | 'empty directory' | 'profile' | 'export',
): Promise<void> {
  try {
    await syncFolder(temporary);
    const aside = there === 'profile' || there === 'export' ? beside(output, 'old') : null;
    if (aside !== null) await rename(output, aside);
    if (there === 'empty directory') await rmdir(output);
    try {
      await rename(temporary, output);
    } catch (error) {
      if (aside !== null) await rename(aside, output).catch(() => {}); // else the next start does it
      throw error;
    }
    await syncFolder(path.dirname(output));
    if (aside !== null) await remove(aside).catch(() => {}); // the new one is in; the next start tries again
  } catch (error) {
    throw writeTrouble(error, output);
  }
}

/**
 * Finishes what a process that died left beside `output`: a profile moved aside
 * goes back where none took its place, else away; a temporary directory whose
 * process is no more goes away.
 * @param isOurs whether a folder is one that may have stood at `output`
 */
export async function settle(
  output: string,
  isOurs: (folder: string) => Promise<boolean> = hasManifest,
): Promise<void> {
  const parent = path.dirname(output);
  const names = await readdir(parent);
  let missing = !names.includes(path.basename(output));
  const left = (kind: Kind) =>
    names.filter((name) => isBeside(name, output, kind) && !isUnderWay(name)).sort();
  for (const name of left('old')) {
    const aside = path.join(parent, name);
    if (missing && (await isOurs(aside))) {
      await rename(aside, output);
      missing = false;
    } else {
      await remove(aside);
    }
  }
  for (const name of left('tmp')) await remove(path.join(parent, name));
}

async function hasManifest(folder: string): Promise<boolean> {
  return (await findManifest(folder)).state !== 'none';
}

export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

export type Kind = 'tmp' | 'old';

/** Names that this process made. */
const OURS = new Set<string>();

export function beside(output: string, kind: Kind): string {
  const folder = `${output}.${kind}-${process.pid}-${randomBytes(4).toString('hex')}`;
  OURS.add(path.basename(folder));
  return folder;
}

/** Whether a name in OUT's folder is one that `beside` makes: nobody else's folder is touched. */
function isBeside(name: string, output: string, kind: Kind): boolean {
  const start = `${path.basename(output)}.${kind}-`;
  return name.startsWith(start) && /^\d+-[0-9a-f]{8}$/.test(name.slice(start.length));
}

/** Whether the process that made the name still lives, so that the folder is its own affair. */
function isUnderWay(name: string): boolean {
  const pid = Number(/-(\d+)-[0-9a-f]{8}$/.exec(name)![1]);
  // In a container that was started anew, the process that died often had our own number.
  if (pid === process.pid) return OURS.has(name);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // another user's
  }
}

/** Makes a folder's entries last, where the system can (Windows cannot open one). */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
