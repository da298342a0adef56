import { createReadStream, fstatSync, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { readTrouble } from './read-trouble.js';

/**
 * The bytes of standard input (`-`) or of a named pipe, as they come. It is
 * closed when the reader stops, so that it does not keep the process alive.
 * @throws UserError 74 where it cannot be read
 */
export async function* streamBytes(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    const stream = path === '-' ? process.stdin : await openPipe(path);
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw readTrouble(error, path);
  }
}

/**
 * A pipe is polled, as standard input is: a read of a file would sit in one of
 * libuv's few threads until the writer writes, and could not be called off.
 */
async function openPipe(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, 'r');
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream(path, { fd });
}
