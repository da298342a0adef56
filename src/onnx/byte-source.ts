import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes of a file, read where they are asked for: small reads come through one window, so weights are never loaded. */
export interface ByteSource {
  readonly size: number;
  /** One byte; `at` must be below size. */
  byte(at: number): number;
  /** A copy of bytes [start, end). */
  read(start: number, end: number): Uint8Array;
}

/** Large enough for the structure around a tensor, small enough that skipping weights costs little. */
const WINDOW = 16 * 1024;

/** Opens a file; the descriptor is held for as long as the source is, and closed by the collector's finalizer. */
export function openFile(path: string): ByteSource {
  const fd = openSync(path, 'r');
  const source = new FileSource(fd, fstatSync(fd).size);
  finalizer.register(source, fd);
  return source;
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    byte: (at) => bytes[at]!,
    read: (start, end) => bytes.slice(start, end),
  };
}

const finalizer = new FinalizationRegistry<number>((fd) => closeSync(fd));

class FileSource implements ByteSource {
  readonly size: number;
  private readonly fd: number;
  private readonly window = new Uint8Array(WINDOW);
  private start = 0;
  private end = 0;

  constructor(fd: number, size: number) {
    this.fd = fd;
    this.size = size;
  }

  byte(at: number): number {
    if (at < this.start || at >= this.end) this.move(at);
    return this.window[at - this.start]!;
  }

  read(start: number, end: number): Uint8Array {
    if (end - start <= WINDOW) {
      if (start < this.start || end > this.end) this.move(start);
      return this.window.slice(start - this.start, end - this.start);
    }
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.fd, bytes, done, bytes.length - done, start + done);
      if (got === 0) throw new RangeError('the file ends early');
      done += got;
    }
    return bytes;
  }

  private move(at: number): void {
    this.start = at;
    this.end = at + readSync(this.fd, this.window, 0, WINDOW, at);
    if (this.end === at) throw new RangeError('the file ends early');
  }
}
