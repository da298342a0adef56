import { parseObject } from './parse-object.js';
import { contentOf, decoderIdsOf } from './record-content.js';
import { recordId } from './record-id.js';
import { LineScanner, type Line } from './scan-lines.js';
import type { Block, CorpusRecord, RecordFields } from './types.js';

/**
 * The records of a block, in order.
 * @param path of the block's file, for errors
 * @throws UserError 65 at the first record that cannot be taken, with its place in the file
 */
export function* parseRecords(block: Block, path: string, fields: RecordFields): Generator<CorpusRecord> {
  let record = block.startRecord;
  for (const { line, startByte, endByte, blank } of linesOf(block, path)) {
    if (blank) continue;
    const bytes = withoutLineEnd(
      block.bytes.subarray(startByte - block.startByte, endByte - block.startByte),
    );
    const recordLine = { path, line, startByte, bytes };
    const parsed = parseObject(recordLine);
    const content = contentOf(parsed.fields, fields, recordLine);
    const id = recordId(parsed, fields.idField, recordLine);
    const decoderIds = decoderIdsOf(parsed.fields, recordLine);
    const parts = { file: block.file, record: record++, line, startByte, id, content };
    yield decoderIds === null ? parts : { ...parts, decoderIds };
  }
}

/** The lines of a block with their places in the file; too long ones were refused when it was read. */
function* linesOf({ bytes, startLine, startByte }: Block, path: string): Generator<Line> {
  const scanner = new LineScanner({ path, maxLineBytes: Infinity, startLine, startByte });
  yield* scanner.scan(bytes);
  yield* scanner.end();
}

/** A line less its LF or CRLF: JSON would take the CR for a space, or for a part of a string that is not closed. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  const lf = bytes.at(-1) === 0x0a ? 1 : 0;
  const cr = bytes.at(-1 - lf) === 0x0d ? 1 : 0;
  return bytes.subarray(0, bytes.length - lf - cr);
}
