import { open, type FileHandle } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { readTrouble } from './read-trouble.js';

/** Bytes read at once: large enough that calls do not count, small beside a run. */
const CHUNK = 256 * 1024;

/**
 * A file's bytes as they lie on disk, up to `size`, the one it had when the run
 * began. Each chunk has memory of its own. The file is closed when the reader stops.
 * @throws UserError 74 where it cannot be read, 66 where it is gone, 65 where it has become shorter
 */
export async function* fileBytes(path: string, size: number): AsyncGenerator<Uint8Array, void> {
  const handle = await trying(path, () => open(path, 'r'));
  try {
    for (let at = 0; at < size;) {
      const chunk = await trying(path, () => readAt(handle, at, Math.min(CHUNK, size - at)));
      if (chunk.length === 0) throw shrank(path, at, size);
      at += chunk.length;
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

async function trying<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw readTrouble(error, path);
  }
}

function shrank(path: string, left: number, size: number): UserError {
  return new UserError({
    what: `this file shrank while it was read: ${left} of its ${size} bytes are left`,
    where: path,
    todo: 'run again when nothing writes to it',
    exit: Exit.DATA,
  });
}
