import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { documentHash } from '../accumulate/document-hash.js';
import type { LabelledDocument } from '../accumulate/types.js';
import { Exit, UserError } from '../core/errors.js';
import { readTrouble } from './disk-trouble.js';
import { ByteReader } from './state/byte-reader.js';
import { ByteWriter, VARINT_BYTES } from './state/byte-writer.js';
import type { StateHeader } from './state/types.js';
import { HASH_BYTES, isWhole, readAt, reading } from './whole-file.js';

/*
 * Values of documents, one after another, as a run collects them and a shard hands them on. Numbers are little-endian:
 *
 * | bytes   |                                                                                          |
 * |---------|------------------------------------------------------------------------------------------|
 * | word    | bytes of the entry that follows                                                          |
 * | varints | file, record in the file                                                                 |
 * | labels  | of each label field: a varint, 0 where the record lacks it, else its labels + 1; these   |
 * | floats  | of each neuron of all layers, float32: its largest finite counted value; −∞: it has none |
 *
 * `documents.bin` holds those of lowest hash, in the order of the hash (document-hash.ts), between a head and a hash:
 *
 * | bytes   |                                                                                          |
 * |---------|------------------------------------------------------------------------------------------|
 * | 8       | MAGIC                                                                                    |
 * | word    | version, 1                                                                               |
 * | word    | neurons                                                                                  |
 * | 32      | SHA-256 of the header of the state beside it: whose documents these are                  |
 * | entries | as above                                                                                 |
 * | 32      | SHA-256 of all bytes before                                                              |
 */
export const MAGIC = Buffer.from('NPVALUE\n');
export const VERSION = 1;
export const HEAD_BYTES = MAGIC.length + 4 + 4 + HASH_BYTES;

/** A stretch of a file that holds entries: bytes [start, end). */
export interface DocumentSource {
  path: string;
  start: number;
  end: number;
}

/** An entry with its size before it, in pieces. @param values of the neurons of each layer */
export function* entryPieces(
  { file, record, labels }: LabelledDocument,
  values: readonly Float32Array[],
): Iterable<Uint8Array> {
  const head = new ByteWriter(256);
  head.reserve((2 + labels.length) * VARINT_BYTES);
  head.varint(file);
  head.varint(record);
  for (const ofField of labels) {
    head.reserve(VARINT_BYTES);
    head.varint(ofField === null ? 0 : ofField.length + 1);
    for (const label of ofField ?? []) head.text(label);
  }
  const floats = values.reduce((bytes, { byteLength }) => bytes + byteLength, 0);
  const size = new ByteWriter(4);
  size.word(head.written().length + floats);
  yield Buffer.concat([size.written(), head.written()]);
  for (const { buffer, byteOffset, byteLength } of values)
    yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** The part of an entry before its values. @param fields how many label fields there are */
export function readEntryHead(
  bytes: Uint8Array,
  fields: number,
): Pick<LabelledDocument, 'file' | 'record' | 'labels'> {
  const head = new ByteReader(bytes);
  const [file, record] = [head.varint(), head.varint()];
  const labels = Array.from({ length: fields }, () => {
    const count = head.varint();
    return count === 0 ? null : Array.from({ length: count - 1 }, () => head.text()!);
  });
  head.end();
  return { file, record, labels };
}

/** What `documents.bin` begins with. */
export function headBytes(header: StateHeader, neurons: number): Uint8Array {
  const head = new ByteWriter(HEAD_BYTES);
  head.word(VERSION);
  head.word(neurons);
  return Buffer.concat([MAGIC, head.written(), Buffer.from(headerDigest(header), 'hex')]);
}

/** Tells states from others: SHA-256 of the header as it stands in the file. */
function headerDigest(header: StateHeader): string {
  return createHash('sha256').update(JSON.stringify(header)).digest('hex');
}

/** Where an entry lies, its size included, and the halves of its document's hash. */
interface Entry {
  source: DocumentSource;
  at: number;
  bytes: number;
  file: number;
  record: number;
  low: number;
  high: number;
}

/**
 * The entries of lowest hash of some sources, each as its bytes, in the order of the hash: where they lie is held, what
 * they are is not.
 * @param seed of the run
 * @param most entries wanted
 * @throws UserError (74) where a source cannot be read
 */
export async function* lowestEntries(
  sources: readonly DocumentSource[],
  { seed, most }: { seed: number; most: number },
): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  for (const source of sources) {
    for (const entry of await entriesOf(source, seed)) entries.push(entry);
    // However many sources there are, no more is held than of two.
    entries.sort((a, b) => a.high - b.high || a.low - b.low || a.file - b.file || a.record - b.record);
    entries.length = Math.min(entries.length, most);
  }
  const handles = new Map<DocumentSource, FileHandle>();
  try {
    for (const { source, at, bytes } of entries) {
      let handle = handles.get(source);
      if (handle === undefined)
        handles.set(source, (handle = await trying(source, () => open(source.path, 'r'))));
      const opened = handle;
      yield await trying(source, () => readAt(opened, at, bytes));
    }
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
}

async function trying<T>({ path }: DocumentSource, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw readTrouble(error, path);
  }
}

/** The upper halves of the hashes of a source's documents. */
export async function upperHashes(source: DocumentSource, seed: number): Promise<number[]> {
  return (await entriesOf(source, seed)).map(({ high }) => high);
}

/** Bytes that hold an entry's size and its first two numbers. */
const ENTRY_HEAD = 4 + 2 * VARINT_BYTES;

function entriesOf(source: DocumentSource, seed: number): Promise<Entry[]> {
  const hash = new Uint32Array(2);
  return reading(source.path, async (handle: FileHandle) => {
    const entries: Entry[] = [];
    for (let at = source.start; at < source.end;) {
      const head = await readAt(handle, at, Math.min(ENTRY_HEAD, source.end - at));
      const bytes = 4 + head.readUInt32LE(0);
      const numbers = new ByteReader(head.subarray(4));
      const place = { file: numbers.varint(), record: numbers.varint() };
      documentHash(seed, place, hash);
      entries.push({ source, at, bytes, ...place, low: hash[0]!, high: hash[1]! });
      at += bytes;
    }
    return entries;
  });
}

/**
 * A shard's documents.bin, which is read to see that it is whole, and that shard's.
 * @param header of the state beside it
 * @throws UserError: 65 where it is damaged, or another's; 66, 74 where it cannot be read
 */
export function openDocuments(path: string, header: StateHeader): Promise<DocumentSource> {
  return reading(path, async (handle) => {
    const { size } = await handle.stat();
    if (size < HEAD_BYTES + HASH_BYTES || !(await isWhole(handle, size)))
      throw unfit(
        path,
        'these values of documents are damaged: the file does not have the sha256 at its end',
      );
    const head = await readAt(handle, 0, HEAD_BYTES);
    const neurons = header.model.sites.reduce((sum, site) => sum + site.neurons, 0);
    if (!head.equals(headBytes(header, neurons)))
      throw unfit(path, 'these values of documents are not those of the state beside them');
    return { path, start: HEAD_BYTES, end: size - HASH_BYTES };
  });
}

function unfit(where: string, what: string): UserError {
  const todo = 'take another copy of the shard, or compute it again';
  return new UserError({ what, where, todo, exit: Exit.DATA });
}
