import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, readTrouble } from './disk-trouble.js';
import { MANIFEST_FILE, RUN_FILE } from './format.js';
import { hashFile } from './hash-file.js';
import { readManifest } from './read/manifest.js';
import { isSealed } from './sealed-json.js';
import type { Manifest } from './types.js';

/** One thing that is not as it was written. */
export interface Fault {
  file: string;
  says: string;
}

/**
 * Compares every file of a profile, or of a shard, with what its manifest says of it.
 * @returns the faults, by file; none where all is well
 * @throws UserError: 66 where there is no such folder; 65 where there is no manifest to go by; 74 where a file cannot be read
 */
export async function checkProfile(folder: string): Promise<{ manifest: Manifest; faults: Fault[] }> {
  const manifest = await readManifest(folder);
  const known = [...Object.keys(manifest.files), MANIFEST_FILE, RUN_FILE];
  const names = await list(folder, known);
  const faults: Fault[] = [];
  for (const [file, sha256] of Object.entries(manifest.files)) {
    if (!names.includes(file)) faults.push({ file, says: 'is missing' });
    else if ((await hashOf(path.join(folder, file))) !== sha256) {
      faults.push({ file, says: 'is damaged: its bytes do not have the sha256 that the manifest states' });
    }
  }
  if (!names.includes(RUN_FILE)) faults.push({ file: RUN_FILE, says: 'is missing' });
  else if (!(await isSealedFile(path.join(folder, RUN_FILE)))) {
    faults.push({ file: RUN_FILE, says: 'is damaged: its bytes do not have the sha256 at its end' });
  }
  for (const file of names) if (!known.includes(file)) faults.push({ file, says: 'is not of this profile' });
  return { manifest, faults: faults.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** What is in a folder, and in its folders that a known file lies in; paths have `/`. */
async function list(folder: string, known: readonly string[], within = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await entriesOf(path.join(folder, within))) {
    const name = within + entry.name;
    const isOurs = entry.isDirectory() && known.some((file) => file.startsWith(`${name}/`));
    names.push(...(isOurs ? await list(folder, known, `${name}/`) : [name]));
  }
  return names;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw readTrouble(error, folder);
  }
}

async function hashOf(file: string): Promise<string> {
  let sha256 = '';
  await reading(file, async () => {
    ({ sha256 } = await hashFile(file));
  });
  return sha256;
}

async function isSealedFile(file: string): Promise<boolean> {
  let sealed = false;
  await reading(file, async () => {
    sealed = isSealed(await readFile(file));
  });
  return sealed;
}

/** Does nothing for a folder that has a file's name: it has no bytes. */
async function reading(file: string, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (codeOf(error) !== 'EISDIR') throw readTrouble(error, file);
  }
}
