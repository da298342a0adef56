import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Exit, UserError } from '../core/errors.js';
import { ModelFault } from './model-fault.js';

/** Bytes of a file, read where they are asked for: small reads come through one window, so weights are never loaded. */
export interface ByteSource {
  readonly size: number;
  /** One byte; `at` must be below size. */
  byte(at: number): number;
  /** A copy of bytes [start, end). */
  read(start: number, end: number): Uint8Array;
  /** Counts memory that what is read here will fill; throws (a ModelFault) where that is more than there may be. */
  spend?(bytes: number): void;
}

/** Large enough for the structure around a tensor, small enough that skipping weights costs little. */
const WINDOW = 16 * 1024;

/** Memory that an index may take, in bytes: that of a graph of 10,000 nodes takes 20 MB. */
const LARGEST_INDEX = 256 * 2 ** 20;

/**
 * Opens a file; the descriptor is held for as long as the source is, and closed by the collector's finalizer.
 * @throws UserError: 66 where it cannot be opened, and from its reads 74 where the disk fails or the file has shrunk
 */
export function openFile(path: string): ByteSource {
  const fd = open(path);
  const source = new FileSource(fd, fstatSync(fd).size, path);
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

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError({
      what: `this file cannot be opened: ${(error as Error).message}`,
      where: path,
      todo: 'check that it may be read',
      exit: Exit.NO_INPUT,
      cause: error,
    });
  }
}

const finalizer = new FinalizationRegistry<number>((fd) => closeSync(fd));

class FileSource implements ByteSource {
  readonly size: number;
  private readonly fd: number;
  private readonly path: string;
  private readonly window = new Uint8Array(WINDOW);
  private start = 0;
  private end = 0;
  private left = LARGEST_INDEX;

  constructor(fd: number, size: number, path: string) {
    this.fd = fd;
    this.size = size;
    this.path = path;
  }

  byte(at: number): number {
    if (at < this.start || at >= this.end) this.move(at);
    return this.window[at - this.start]!;
  }

  read(start: number, end: number): Uint8Array {
    if (start < end && end - start <= WINDOW) {
      if (start < this.start || end > this.end) this.move(start);
      if (end <= this.end) return this.window.slice(start - this.start, end - this.start);
    }
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      done += this.fill(bytes.subarray(done), start + done);
    }
    return bytes;
  }

  spend(bytes: number): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    throw new ModelFault(`its graph is larger than ${LARGEST_INDEX / 2 ** 20} MiB without weights`);
  }

  private move(at: number): void {
    this.start = at;
    this.end = at; // nothing is held while the read may fail
    this.end = at + this.fill(this.window, at);
  }

  /** Reads at least one byte from `at` on; returns how many. */
  private fill(bytes: Uint8Array, at: number): number {
    let got: number;
    try {
      got = readSync(this.fd, bytes, 0, bytes.length, at);
    } catch (error) {
      throw this.trouble(`the disk gave an error: ${(error as Error).message}`, error);
    }
    if (got === 0) throw this.trouble(`the file ends at byte ${at}: it has changed while it was read`);
    return got;
  }

  private trouble(what: string, cause?: unknown): UserError {
    return new UserError({
      what,
      where: this.path,
      todo: 'check the file and its disk, and run again',
      exit: Exit.IO,
      cause,
    });
  }
}
