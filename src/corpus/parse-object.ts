import { jsonFault } from './json-fault.js';
import { badRecord, kindOf, type RecordLine } from './record-line.js';
import { BOM } from './scan-lines.js';
import { decodeUtf8, firstInvalidByte } from './utf8.js';

/** A record's fields, and the JSON that spells them. */
export interface ParsedObject {
  fields: Readonly<Record<string, unknown>>;
  json: string;
}

const ONE_OBJECT = 'mend or remove this line: each line is one JSON object';

/**
 * Reads a line as strict UTF-8, then as JSON, which must be an object.
 * @throws UserError 65 at the first byte that is wrong
 */
export function parseObject(line: RecordLine): ParsedObject {
  const skipped = line.startByte === 0 && BOM.every((byte, i) => line.bytes[i] === byte) ? BOM.length : 0;
  const bytes = line.bytes.subarray(skipped);
  const json = decodeUtf8(bytes);
  if (json === null) throw notUtf8(line, bytes, skipped);
  const fields = parseJson(json, line, skipped);
  if (fields === null || typeof fields !== 'object' || Array.isArray(fields))
    throw badRecord(
      line,
      'not an object',
      `this line is JSON, but ${kindOf(fields)}, not an object`,
      ONE_OBJECT,
    );
  return { fields: fields as Record<string, unknown>, json };
}

function parseJson(json: string, line: RecordLine, skipped: number): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const fault = jsonFault(json);
    if (fault === null) throw error; // the two must agree on what JSON is
    const at = skipped + Buffer.byteLength(json.slice(0, fault.index));
    throw badRecord(line, 'not JSON', `this line is not JSON: ${fault.reason}`, ONE_OBJECT, at);
  }
}

function notUtf8(line: RecordLine, bytes: Uint8Array, skipped: number): Error {
  const at = firstInvalidByte(bytes)!;
  const byte = bytes[at]!.toString(16).padStart(2, '0');
  const todo = 'mend or remove this line, or convert the file: iconv -f ITS-ENCODING -t UTF-8';
  return badRecord(
    line,
    'not UTF-8',
    `this line is not UTF-8: its byte 0x${byte} is none there`,
    todo,
    skipped + at,
  );
}
