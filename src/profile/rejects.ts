import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Exit, UserError } from '../core/errors.js';
import { readTrouble } from './disk-trouble.js';
import { DigestSum } from './digest-sum.js';
import type { SpooledBytes } from './spooled-bytes.js';
import { ByteReader } from './state/byte-reader.js';
import { ByteWriter, VARINT_BYTES } from './state/byte-writer.js';
import { HASH_BYTES, isWhole, reading } from './whole-file.js';

/*
 * Rejected lines, one after another, as a run collects them and a shard hands them on:
 *
 * | bytes   |                                                                            |
 * |---------|----------------------------------------------------------------------------|
 * | word    | bytes of the entry that follows                                            |
 * | varints | file, record in the file, line, byte where it begins, bytes of the line    |
 * | text    | why it was rejected                                                        |
 * | block   | the line without its LF; of one that is too long the first 4,096 bytes     |
 *
 * In `rejects.bin` they are in the order of the corpus, and SHA-256 of all bytes before ends the file.
 */

/** A line of the corpus that was no good record. */
export interface Reject {
  file: number;
  /** Number of the record in its file, from 0. */
  record: number;
  line: number;
  startByte: number;
  /** Of the whole line, its LF apart. */
  length: number;
  reason: string;
  bytes: Uint8Array;
}

/** An entry with its size before it. */
export function rejectBytes({ file, record, line, startByte, length, reason, bytes }: Reject): Uint8Array {
  const entry = new ByteWriter(256);
  entry.reserve(5 * VARINT_BYTES);
  for (const number of [file, record, line, startByte, length]) entry.varint(number);
  entry.text(reason);
  entry.block(bytes);
  const whole = new ByteWriter(4 + entry.written().length);
  whole.word(entry.written().length);
  return Buffer.concat([whole.written(), entry.written()]);
}

/** Tells rejects from others, in whatever order they come: the sum of the SHA-256 of their entries. */
export function rejectsDigest(rejects: Iterable<Reject>): string {
  const sum = new DigestSum();
  for (const reject of rejects) sum.add(createHash('sha256').update(rejectBytes(reject)).digest('hex'));
  return sum.hex;
}

/** Where an entry lies. */
interface Entry {
  source: number;
  at: number;
  size: number;
  file: number;
  record: number;
}

/** Bytes that hold an entry's size and its first two numbers. */
const HEAD = 4 + 2 * VARINT_BYTES;

/**
 * The rejects of some sources in the order of the corpus: where they lie is held, what they are is not.
 * @throws UserError (74) where one cannot be read
 */
export async function* readRejects(sources: readonly SpooledBytes[]): AsyncGenerator<Reject> {
  const handles: FileHandle[] = [];
  try {
    const entries: Entry[] = [];
    for (const [source, { path, bytes }] of sources.entries()) {
      handles.push(await trying(path, () => open(path, 'r')));
      for (let at = 0; at < bytes;) {
        const head = await readAt(handles[source]!, path, at, Math.min(HEAD, bytes - at));
        const size = head.readUInt32LE(0);
        const numbers = new ByteReader(head.subarray(4));
        entries.push({ source, at: at + 4, size, file: numbers.varint(), record: numbers.varint() });
        at += 4 + size;
      }
    }
    entries.sort((a, b) => a.file - b.file || a.record - b.record);
    for (const { source, at, size } of entries) {
      yield read(await readAt(handles[source]!, sources[source]!.path, at, size));
    }
  } finally {
    for (const handle of handles) await handle.close();
  }
}

/**
 * A shard's rejects.bin, which is read to see that it is whole, and that shard's.
 * @param digest of its rejects, as the shard's state says
 * @throws UserError: 65 where it is damaged, or another's; 74 where it cannot be read
 */
export async function openRejects(path: string, digest: string): Promise<SpooledBytes> {
  const source = await wholeRejects(path);
  const sum = new DigestSum();
  for await (const reject of readRejects([source])) sum.add(rejectsDigest([reject]));
  if (sum.hex === digest) return source;
  throw unfit(path, 'these rejected lines are not those that the state beside them counts');
}

function wholeRejects(path: string): Promise<SpooledBytes> {
  return reading(path, async (handle) => {
    const { size } = await handle.stat();
    if (await isWhole(handle, size)) return { path, bytes: size - HASH_BYTES };
    throw unfit(path, 'these rejected lines are damaged: the file does not have the sha256 at its end');
  });
}

function unfit(where: string, what: string): UserError {
  const todo = 'take another copy of the shard, or compute it again';
  return new UserError({ what, where, todo, exit: Exit.DATA });
}

function read(bytes: Uint8Array): Reject {
  const entry = new ByteReader(bytes);
  const [file, record, line] = [entry.varint(), entry.varint(), entry.varint()];
  const [startByte, length] = [entry.varint(), entry.varint()];
  const [reason, kept] = [entry.text()!, entry.block()];
  entry.end();
  return { file, record, line, startByte, length, reason, bytes: kept };
}

async function readAt(handle: FileHandle, path: string, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await trying(path, () => handle.read(Buffer.alloc(length), 0, length, at));
  if (bytesRead === length) return buffer;
  throw new UserError({
    what: 'these rejected lines are cut short',
    where: path,
    todo: 'take another copy, or compute them again',
    exit: Exit.DATA,
  });
}

async function trying<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw readTrouble(error, path);
  }
}
