import { parseObject } from './parse-object.js';
import { contentOf, decoderIdsOf } from './record-content.js';
import { labelsOf } from './record-labels.js';
import { spansOf } from './record-spans.js';
import { recordId } from './record-id.js';
import { badRecord, type RecordLine } from './record-line.js';
import { LineScanner } from './scan-lines.js';
import type { Block, CorpusRecord, RecordFields } from './types.js';

const LF = 0x0a;
const CR = 0x0d;

/** A line of a block that is one record, good or bad. */
export interface BlockLine extends RecordLine {
  file: number;
  /** Number of the record in its file, from 0. */
  record: number;
  /** Bytes of the line in its file, its LF apart. */
  length: number;
  /** Whether it has more bytes than are taken, and `bytes` only its first. */
  tooLong: boolean;
}

/**
 * The records of a block as lines, in order.
 * @param path of the block's file, for errors
 */
export function* recordLines(block: Block, path: string): Generator<BlockLine> {
  const { file, startLine, startByte: base, cuts } = block;
  const scanner = new LineScanner({ path, maxLineBytes: Infinity, startLine, startByte: base });
  let record = block.startRecord;
  /** Bytes of the file that cuts left out so far: the scanner does not know of them. */
  let left = 0;
  let nextCut = 0;
  for (const lines of [scanner.scan(block.bytes), scanner.end()]) {
    for (const { line, startByte: from, endByte: to, blank } of lines) {
      const startByte = from + left;
      const held = block.bytes.subarray(from - base, to - base);
      if (cuts[nextCut]?.startByte === startByte) {
        const { length, endByte } = cuts[nextCut++]!;
        left = endByte - to;
        yield {
          path,
          file,
          record: record++,
          line,
          startByte,
          bytes: held.subarray(0, -1),
          length,
          tooLong: true,
        };
      } else if (!blank) {
        const bytes = held.at(-1) === LF ? held.subarray(0, -1) : held;
        const { length } = bytes;
        yield { path, file, record: record++, line, startByte, bytes, length, tooLong: false };
      }
    }
  }
}

/** @throws BadRecord (65) where a line cannot be taken, with its place in the file */
export function parseRecord(line: BlockLine, fields: RecordFields): CorpusRecord {
  if (line.tooLong)
    throw badRecord(line, 'line too long', `this line has ${line.length} bytes, more than --max-line-bytes`);
  const parsed = parseObject({ ...line, bytes: withoutCr(line.bytes) });
  const content = contentOf(parsed.fields, fields, line);
  const id = recordId(parsed, fields.idField, line);
  const decoderIds = decoderIdsOf(parsed.fields, line);
  const { file, record, startByte } = line;
  return {
    ...{ file, record, line: line.line, startByte, id, content },
    ...(decoderIds === null ? {} : { decoderIds }),
    ...(fields.labelFields === undefined
      ? {}
      : { labels: labelsOf(parsed.fields, fields.labelFields, line) }),
    ...(fields.spanFields === undefined
      ? {}
      : { spans: spansOf(parsed.fields, fields.spanFields, content, line) }),
  };
}

/** A line less the CR of a CRLF: JSON would take it for a space, or for a part of a string that is not closed. */
function withoutCr(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
}
