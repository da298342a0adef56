import { createHash } from 'node:crypto';
import { Exit, UserError } from '../core/errors.js';
import { BlockCutter, CUT_BYTES, type BlockBounds } from './cut-blocks.js';
import { HeldBytes } from './held-bytes.js';
import { openBytes } from './open-bytes.js';
import { placeOf } from './read-trouble.js';
import { LineScanner } from './scan-lines.js';
import type { Block, CorpusFile, FileFacts, ReadBlock } from './types.js';

export interface ReadOptions {
  /** B of design §2, in bytes. */
  blockSize: number;
  /** Most bytes of a line, its LF apart. */
  maxLineBytes: number;
  /** Records to take over all files; null: all. */
  limit: number | null;
  /** Whether a line that is too long is given, cut, and no error. */
  passLong?: boolean;
  /** Which files are read; null: all. The others are not opened, and have no facts. */
  files?: ((file: number) => boolean) | null;
  /** Which blocks are given; null: all. */
  blocks?: ((file: number, block: number) => boolean) | null;
  /** Told the bytes of the corpus on disk (or of standard input) that were read since the last call. */
  onRead?: ((bytes: number) => void) | undefined;
}

/** Paths that an error names. */
const NAMED = 3;

/**
 * Streams a corpus as blocks, file by file, and at the end says what was read:
 * facts[i] is of file i, null where it was not read: a file that `limit` leaves no record for is not opened. Holds a block, a line and a few chunks at a time.
 * @throws UserError 65 for a line too long, a file that shrinks or is not whole gzip, a corpus without a
 *   record; 66, 74 where a file cannot be read
 */
export async function* readBlocks(
  files: readonly CorpusFile[],
  options: ReadOptions,
): AsyncGenerator<ReadBlock, (FileFacts | null)[], undefined> {
  const { limit } = options;
  const facts = files.map((): FileFacts | null => null);
  let records = 0;
  for (const [number, file] of files.entries()) {
    if (records === limit) break;
    if (options.files?.(number) === false) continue;
    const read = yield* readFile(file, number, {
      ...options,
      limit: limit === null ? null : limit - records,
    });
    facts[number] = read;
    records += read.records;
  }
  if (records === 0 && facts.every((read) => read !== null)) throw emptyCorpus(files);
  return facts;
}

async function* readFile(
  file: CorpusFile,
  number: number,
  { blockSize, maxLineBytes, limit, passLong = false, blocks = null, onRead = () => {} }: ReadOptions,
): AsyncGenerator<ReadBlock, FileFacts, undefined> {
  const hash = createHash('sha256');
  const held = new HeldBytes();
  const lines = new LineScanner({ path: file.path, maxLineBytes, passLong });
  const cutter = new BlockCutter(blockSize);
  const fill = ({ endByte, ...bounds }: BlockBounds): ReadBlock[] => {
    if (blocks?.(number, bounds.block) === false) return [];
    const block = { file: number, ...bounds, bytes: bytesOf({ endByte, ...bounds }, held) };
    return [{ ...block, digest: digestOf(block) }];
  };
  let bytes = 0;

  reading: for await (const chunk of openBytes(file, onRead)) {
    held.push(chunk);
    for (const line of lines.scan(chunk)) {
      const ended = cutter.add(line);
      if (ended !== null) yield* fill(ended);
      if (cutter.records !== limit) continue;
      hash.update(chunk.subarray(0, line.endByte - bytes));
      bytes = line.endByte;
      break reading;
    }
    hash.update(chunk);
    bytes += chunk.length;
    held.dropBefore(cutter.startByte ?? lines.startByte);
    if (lines.isTooLong) held.drop(lines.startByte + CUT_BYTES, bytes);
  }
  if (cutter.records !== limit) {
    for (const line of lines.end()) {
      const ended = cutter.add(line);
      if (ended !== null) yield* fill(ended);
    }
  }
  const last = cutter.end();
  if (last !== null) yield* fill(last);
  return {
    path: file.path,
    bytes,
    sha256: hash.digest('hex'),
    records: cutter.records,
    blocks: cutter.blocks,
  };
}

/** Whole lines; of those that are too long the first bytes, and a LF. */
function bytesOf({ startByte, endByte, cuts }: BlockBounds, held: HeldBytes): Uint8Array {
  const stretches: [start: number, end: number][] = [];
  let start = startByte;
  for (const cut of cuts) {
    stretches.push([start, cut.startByte + Math.min(CUT_BYTES, cut.length)]);
    start = cut.endByte;
  }
  const length = stretches.reduce((sum, [from, to]) => sum + to - from + 1, endByte - start);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const [from, to] of stretches) {
    held.copy(from, to, bytes, at);
    at += to - from + 1;
    bytes[at - 1] = 0x0a;
  }
  held.copy(start, endByte, bytes, at);
  return bytes;
}

function digestOf({ bytes, file, block, startByte, startLine, startRecord, cuts }: Block): string {
  const place = JSON.stringify([file, block, startByte, startLine, startRecord, cuts]);
  return createHash('sha256').update(`${place}\n`).update(bytes).digest('hex');
}

export function emptyCorpus(files: readonly { path: string }[]): UserError {
  const paths = files.map(({ path }) => placeOf(path));
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return new UserError({
    what: 'the corpus is empty: it holds no record',
    where: paths.slice(0, NAMED).join(', ') + more,
    todo: 'name files that hold records: one JSON object a line',
    exit: Exit.DATA,
  });
}
