import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { lengthOf, type FileRange, type Piece } from '../onnx/pieces.js';
import { readTrouble, writeTrouble } from '../profile/disk-trouble.js';
import { beside, settle, syncFolder } from '../profile/exchange.js';
import { OutputFile } from '../profile/write/output-file.js';

/** What is read of a weight at a time, whatever its size. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** A file to be put at an absolute path. */
export interface NewFile {
  path: string;
  pieces: readonly Piece[];
}

export interface WrittenFile {
  path: string;
  bytes: number;
  sha256: string;
}

/**
 * Writes files beside their places and puts them there when all are whole and on
 * disk. The last one names the others: where it replaces one, that goes first, so
 * that no model ever stands beside data of another.
 * @throws UserError (73, 74, 75) with nothing left behind
 */
export async function writeExposed(files: readonly NewFile[], signal: AbortSignal): Promise<WrittenFile[]> {
  const temporaries = files.map((file) => ({ ...file, temporary: beside(file.path, 'tmp') }));
  const last = files.at(-1)!.path;
  try {
    for (const { path: place } of files) await settle(place).catch(() => {}); // what a killed process left
    const written: WrittenFile[] = [];
    for (const { path: place, pieces, temporary } of temporaries) {
      const sha256 = await writeFile(temporary, pieces, signal);
      written.push({ path: place, bytes: lengthOf(pieces), sha256 });
    }
    await putInPlace(temporaries, last);
    return written;
  } finally {
    for (const { temporary } of temporaries) await rm(temporary, { force: true });
  }
}

async function putInPlace(
  files: readonly { path: string; temporary: string }[],
  last: string,
): Promise<void> {
  try {
    if (files.length > 1) await rm(last, { force: true });
    for (const { path: place, temporary } of files) await rename(temporary, place);
    await syncFolder(path.dirname(last));
  } catch (error) {
    throw writeTrouble(error, last);
  }
}

async function writeFile(temporary: string, pieces: readonly Piece[], signal: AbortSignal): Promise<string> {
  const output = await OutputFile.create(temporary);
  const sources = new Map<string, FileHandle>();
  try {
    for (const piece of pieces) {
      signal.throwIfAborted();
      if (piece instanceof Uint8Array) await output.write(piece);
      else await copy(piece, await sourceOf(piece.file, sources), output, signal);
    }
    return await output.finish();
  } finally {
    await output.abandon();
    for (const source of sources.values()) await source.close();
  }
}

async function sourceOf(file: string, sources: Map<string, FileHandle>): Promise<FileHandle> {
  const known = sources.get(file);
  if (known !== undefined) return known;
  try {
    const source = await open(file, 'r');
    sources.set(file, source);
    return source;
  } catch (error) {
    throw readTrouble(error, file);
  }
}

/** Copies a range in pieces of a bounded size. */
async function copy(
  { file, offset, length }: FileRange,
  source: FileHandle,
  output: OutputFile,
  signal: AbortSignal,
): Promise<void> {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length));
  for (let done = 0; done < length;) {
    signal.throwIfAborted();
    const wanted = Math.min(chunk.length, length - done);
    const got = await source.read(chunk, 0, wanted, offset + done).catch((error: unknown) => {
      throw readTrouble(error, file);
    });
    if (got.bytesRead === 0)
      throw readTrouble(Object.assign(new Error('it ends early'), { code: 'EIO' }), file);
    await output.write(chunk.subarray(0, got.bytesRead));
    done += got.bytesRead;
  }
}
