import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { writeTrouble } from '../disk-trouble.js';

/** Where bytes go: a new file, hashed as it is written, on disk for good when finished. */
export class OutputFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private readonly hash: Hash = createHash('sha256');

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** @throws UserError where the file cannot be made, or is there already */
  static async create(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, 'wx'));
    } catch (error) {
      throw writeTrouble(error, path);
    }
  }

  /** @throws UserError (exit 75 where the disk is full, else 74) */
  async write(bytes: Uint8Array): Promise<void> {
    // Another thread of Node's writes them while this one hashes.
    const written = this.writeAll(bytes);
    this.hash.update(bytes);
    await written;
  }

  /** SHA-256 of what has been written so far. */
  digest(): Buffer {
    return this.hash.copy().digest();
  }

  /** @returns SHA-256 of all that was written, in hex */
  async finish(): Promise<string> {
    try {
      await this.handle.sync();
      await this.handle.close();
    } catch (error) {
      throw writeTrouble(error, this.path);
    }
    return this.hash.digest('hex');
  }

  private async writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let start = 0; start < bytes.length;) {
        start += (await this.handle.write(bytes, start)).bytesWritten;
      }
    } catch (error) {
      throw writeTrouble(error, this.path);
    }
  }

  /** Lets go of the file as it is. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => {}); // closed already, or as good as
  }
}
