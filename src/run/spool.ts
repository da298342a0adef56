import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { writeTrouble } from '../profile/disk-trouble.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import type { SpoolMark } from '../profile/state/types.js';

/** What is put beside the states: lines that were rejected, values of documents, what is dumped; each ends its files' names. */
export type SpoolKind = 'rejects' | 'documents' | 'dump';

/** Where a worker puts what its blocks give beside their state, in the order in which it computes them: none is held. */
export class Spool {
  private readonly path: string;
  private file: number | null = null;
  private bytes = 0;
  private readonly hash = createHash('sha256');

  /** @param path of a file that is made when the first bytes come */
  constructor(path: string) {
    this.path = path;
  }

  /** What has been written, if anything. */
  get source(): SpooledBytes | null {
    return this.file === null ? null : { path: this.path, bytes: this.bytes };
  }

  /** What a checkpoint notes of it; null where nothing has been written. */
  mark(): SpoolMark | null {
    if (this.file === null) return null;
    return { name: path.basename(this.path), bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }

  /** @throws UserError (74, 75) */
  append(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.write(piece);
  }

  private write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    try {
      this.file ??= openSync(this.path, 'wx');
      for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    } catch (error) {
      throw writeTrouble(error, this.path);
    }
    this.hash.update(bytes);
    this.bytes += bytes.length;
  }

  /** Makes sure that what was written stays. */
  sync(): void {
    if (this.file === null) return;
    try {
      fsyncSync(this.file);
    } catch (error) {
      throw writeTrouble(error, this.path);
    }
  }

  close(): void {
    if (this.file !== null) closeSync(this.file);
  }
}
