import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../core/errors.js';
import { readTrouble } from './disk-trouble.js';

/** Files that end in the SHA-256 of all their bytes before it: these bytes. */
export const HASH_BYTES = 32;
/** Bytes that are hashed at once. */
const CHUNK = 1 << 22;

/** Opens a file for `use` and closes it again. @throws UserError (74) where it cannot be read */
export async function reading<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, 'r');
    return await use(handle);
  } catch (error) {
    throw error instanceof UserError ? error : readTrouble(error, path);
  } finally {
    await handle?.close();
  }
}

/** Whether the last bytes of a file are the SHA-256 of those before. @param size of the file */
export async function isWhole(handle: FileHandle, size: number): Promise<boolean> {
  if (size < HASH_BYTES) return false;
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size));
  for (let at = 0; at < size - HASH_BYTES;) {
    const wanted = Math.min(chunk.length, size - HASH_BYTES - at);
    const { bytesRead } = await handle.read(chunk, 0, wanted, at);
    if (bytesRead === 0) return false;
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest().equals(await readAt(handle, size - HASH_BYTES, HASH_BYTES));
}

/** @throws Error where the file ends before */
export async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new Error('the file became shorter');
    done += bytesRead;
  }
  return bytes;
}
