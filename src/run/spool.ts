import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { writeTrouble } from '../profile/disk-trouble.js';

/** A stretch of a file from its start that holds what counts. */
export interface SpoolSource {
  path: string;
  bytes: number;
}

/** Where a worker puts what its blocks give and nobody need hold, in the order in which it computes them. */
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
  get source(): SpoolSource | null {
    return this.file === null ? null : { path: this.path, bytes: this.bytes };
  }

  /** What a checkpoint notes of it: how far it counts, and what it holds so far; null where it holds nothing. */
  mark(): { name: string; bytes: number; sha256: string } | null {
    if (this.file === null) return null;
    return { name: path.basename(this.path), bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }

  /** @throws UserError (74, 75) */
  append(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.write(piece);
  }

  private write(bytes: Uint8Array): void {
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
