import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { tableFromIPC, type RecordBatch } from 'apache-arrow';
import { damaged, readFully, withFile } from './profile-file.js';

/** Where a record batch lies in its file. */
interface Block {
  startByte: number;
  /** Bytes of its message and body. */
  bytes: number;
}

const MAGIC_BYTES = 8; // "ARROW1" and two bytes of padding
const END_BYTES = 10; // the footer's length and "ARROW1"
const CHUNK = 1 << 20;

/**
 * An Arrow file of ours, read a record batch at a time, for it may be larger
 * than memory. Its sha256 is checked first, where one is given.
 */
export class ArrowFile {
  private readonly path: string;
  /** Schema and dictionaries, which our writer puts before the first record batch. */
  private readonly head: Uint8Array;
  private readonly blocks: readonly Block[];
  private last: { number: number; batch: RecordBatch } | null = null;

  /**
   * @param sha256 of the file, in hex; null where nothing can have happened to it since it was written
   * @throws UserError (exit 65 where the file is missing or differs, 74 where it cannot be read)
   */
  constructor(path: string, sha256: string | null) {
    this.path = path;
    const { head, blocks } = withFile(path, (descriptor) => {
      if (sha256 !== null && hashOf(descriptor) !== sha256)
        throw damaged(path, 'does not have the sha256 that the manifest states');
      return layoutOf(descriptor);
    });
    this.head = head;
    this.blocks = blocks;
  }

  get batches(): number {
    return this.blocks.length;
  }

  /** Record batch `number`, from 0. The last one read is kept. */
  batch(number: number): RecordBatch {
    if (this.last?.number === number) return this.last.batch;
    const { startByte, bytes } = this.blocks[number]!;
    // Head and batch after one another are a stream, which needs no more of the file.
    const stream = new Uint8Array(this.head.length + bytes);
    stream.set(this.head);
    withFile(this.path, (descriptor) => readFully(descriptor, stream.subarray(this.head.length), startByte));
    const batch = tableFromIPC(stream).batches[0]!;
    this.last = { number, batch };
    return batch;
  }
}

function hashOf(descriptor: number): string {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    const bytes = readSync(descriptor, chunk, 0, CHUNK, null);
    if (bytes === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytes));
  }
}

/** Head and record batches of a file, from its footer. */
function layoutOf(descriptor: number): { head: Uint8Array; blocks: Block[] } {
  const size = fstatSync(descriptor).size;
  const end = read(descriptor, size - END_BYTES, END_BYTES);
  const length = new DataView(end.buffer).getInt32(0, true);
  const blocks = recordBatchesOf(read(descriptor, size - END_BYTES - length, length));
  const head = read(descriptor, MAGIC_BYTES, blocks[0]!.startByte - MAGIC_BYTES);
  return { head, blocks };
}

/**
 * The footer is a flatbuffer (Arrow's File.fbs):
 *
 * | at                  |                                                                |
 * |---------------------|----------------------------------------------------------------|
 * | 0                   | u32: where the table is                                        |
 * | table               | i32: how far before it its vtable is                           |
 * | vtable + 10         | u16: where in the table its fourth field, recordBatches, is    |
 * | that field          | u32: how far after it the vector is: u32 length, then blocks   |
 * | block, 24 bytes     | i64 offset, i32 metaDataLength, 4 of padding, i64 bodyLength   |
 */
function recordBatchesOf(footer: Uint8Array): Block[] {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  const table = view.getUint32(0, true);
  const vtable = table - view.getInt32(table, true);
  const field = table + view.getUint16(vtable + 10, true);
  const vector = field + view.getUint32(field, true);
  return Array.from({ length: view.getUint32(vector, true) }, (_, i) => {
    const block = vector + 4 + 24 * i;
    return {
      startByte: Number(view.getBigInt64(block, true)),
      bytes: view.getInt32(block + 8, true) + Number(view.getBigInt64(block + 16, true)),
    };
  });
}

function read(descriptor: number, startByte: number, bytes: number): Uint8Array {
  const into = new Uint8Array(bytes);
  readFully(descriptor, into, startByte);
  return into;
}
