import { writeSync } from 'node:fs';
import { writeTrouble } from '../disk-trouble.js';

/** Bytes that are written at once. */
const CHUNK = 1 << 16;

/** Numbers in a stretch of an open file, one after another: call `numbers` for each lot of them, and `end`. */
export class Region {
  private readonly file: number;
  private readonly path: string;
  private readonly buffer = new ArrayBuffer(CHUNK);
  private readonly bytes = new Uint8Array(this.buffer);
  private held = 0;
  private at: number;

  /** @param at byte of the file where it begins */
  constructor(file: number, path: string, at: number) {
    this.file = file;
    this.path = path;
    this.at = at;
  }

  /** @throws UserError (74, 75) */
  write(numbers: Uint8Array | Uint16Array | Uint32Array): void {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    if (this.held + bytes.length > CHUNK) this.end();
    if (bytes.length > CHUNK) return this.put(bytes);
    this.bytes.set(bytes, this.held);
    this.held += bytes.length;
  }

  /** Writes what is still held back. */
  end(): void {
    this.put(this.bytes.subarray(0, this.held));
    this.held = 0;
  }

  private put(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.file, bytes, done, bytes.length - done, this.at + done);
    } catch (error) {
      throw writeTrouble(error, this.path);
    }
    this.at += bytes.length;
  }
}
