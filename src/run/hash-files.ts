import { createHash } from 'node:crypto';
import { hashFile } from '../profile/hash-file.js';
import type { FileEntry } from '../profile/types.js';

/** Size and SHA-256 of each file, one after another; `path` is the name to write down for it. */
export async function hashFiles(files: readonly { path: string; location: string }[]): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const { path, location } of files) entries.push({ path, ...(await hashFile(location)) });
  return entries;
}

/** SHA-256 over a list of (size, sha256) lines: one name for several files, whatever they are called. */
export function hashOfList(entries: readonly { bytes: number; sha256: string }[]): string {
  const hash = createHash('sha256');
  for (const { bytes, sha256 } of entries) hash.update(`${bytes} ${sha256}\n`);
  return hash.digest('hex');
}
