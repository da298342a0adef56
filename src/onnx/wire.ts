import type { ByteSource } from './byte-source.js';
import type { ByteRange } from './types.js';

/** Wire types of protobuf (encoding specification, "Message Structure"). */
export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const;

/** Bytes that are not the protobuf message they should be. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly at: number;
  /** Whether a length points beyond the end of the file, as in a file cut short. */
  readonly truncated: boolean;

  constructor(message: string, at: number, truncated = false) {
    super(message);
    this.at = at;
    this.truncated = truncated;
  }
}

/** A field of a message: its number, wire type, and where its value lies. */
export interface Field {
  number: number;
  wire: number;
  /** The value: of a length-delimited field, its bytes without the length. */
  value: ByteRange;
}

/** What an index keeps of a message and of a field, in bytes of memory: measured, rounded up. */
const MESSAGE_COST = 384;
const FIELD_COST = 64;

// A byte order mark at a name's start is part of the name.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Walks the fields of the message in [start, end) without copying. A length
 * that passes the message's end is refused before anything is read by it.
 */
export function* fieldsOf(source: ByteSource, { start, end }: ByteRange): Generator<Field> {
  let at = start;
  source.spend?.(MESSAGE_COST);
  while (at < end) {
    source.spend?.(FIELD_COST);
    const tag = readVarint(source, at, end);
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (number === 0 || number > 0x1fffffff) throw new WireError(`no field has number ${number}`, at);
    let from = tag.end;
    let to: number;
    if (wire === WireType.VARINT) to = readVarint(source, from, end).end;
    else if (wire === WireType.FIXED64) to = from + 8;
    else if (wire === WireType.FIXED32) to = from + 4;
    else if (wire === WireType.LENGTH) {
      const length = readVarint(source, from, end);
      from = length.end;
      to = from + length.value;
      if (length.value < 0) throw new WireError('a negative length', at);
    } else throw new WireError(`no wire type ${wire}`, at);
    if (to > end)
      throw new WireError(
        `a field of ${to - from} bytes passes the end of its message`,
        at,
        to > source.size,
      );
    yield { number, wire, value: { start: from, end: to } };
    at = to;
  }
}

/**
 * A varint as a signed 64-bit integer; beyond 2^53 it is rounded, which nothing we read needs.
 * @returns the value and the place after it
 */
export function readVarint(source: ByteSource, at: number, end: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++, at++) {
    if (at >= end) throw new WireError('a number passes the end of its message', at, end >= source.size);
    const byte = source.byte(at);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value: i < 9 ? value : negative(source, at - 9), end: at + 1 };
    scale *= 128;
  }
  throw new WireError('a number of more than ten bytes', at);
}

/** Ten bytes hold a negative number in two's complement: only whole numbers of 64 bits tell which. */
function negative(source: ByteSource, at: number): number {
  let bits = 0n;
  for (let i = 0; i < 10; i++) bits |= BigInt(source.byte(at + i) & 0x7f) << BigInt(7 * i);
  return Number(BigInt.asIntN(64, bits));
}

export function varintOf(source: ByteSource, { value, wire }: Field): number {
  if (wire !== WireType.VARINT) throw new WireError('a number was expected', value.start);
  return readVarint(source, value.start, value.end).value;
}

/** Numbers in one list. Shapes, axes and permutations are far below; whole weights as an attribute are no list to keep. */
const LONGEST_LIST = 1 << 20;

/** Adds a repeated integer field to a list: packed, or one of its elements. */
export function addVarints(source: ByteSource, field: Field, list: number[]): number[] {
  if (field.wire === WireType.VARINT) return addNumber(source, list, varintOf(source, field), field.value);
  for (let at = messageOf(field).start; at < field.value.end;) {
    const next = readVarint(source, at, field.value.end);
    addNumber(source, list, next.value, field.value);
    at = next.end;
  }
  return list;
}

/** Adds a repeated float field to a list: packed, or one of its elements. */
export function addFloats(source: ByteSource, { value, wire }: Field, list: number[]): number[] {
  const length = value.end - value.start;
  if ((wire !== WireType.FIXED32 && wire !== WireType.LENGTH) || length % 4 !== 0) {
    throw new WireError('floats were expected', value.start);
  }
  if (length / 4 > LONGEST_LIST) throw tooLong(value);
  const bytes = source.read(value.start, value.end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < length; at += 4) addNumber(source, list, view.getFloat32(at, true), value);
  return list;
}

function addNumber(source: ByteSource, list: number[], number: number, at: ByteRange): number[] {
  if (list.length >= LONGEST_LIST) throw tooLong(at);
  source.spend?.(Float64Array.BYTES_PER_ELEMENT);
  list.push(number);
  return list;
}

function tooLong({ start }: ByteRange): WireError {
  return new WireError(`a list of more than ${LONGEST_LIST} numbers`, start);
}

/** Names and short texts; nothing we read as text is longer than this. */
const LONGEST_TEXT = 1 << 20;

export function textOf(source: ByteSource, { value, wire }: Field): string {
  if (wire !== WireType.LENGTH) throw new WireError('text was expected', value.start);
  const length = value.end - value.start;
  if (length > LONGEST_TEXT) throw new WireError('a name of more than 1 MiB', value.start);
  source.spend?.(length);
  return utf8.decode(source.read(value.start, value.end));
}

/** The bytes of an embedded message. */
export function messageOf({ value, wire }: Field): ByteRange {
  if (wire !== WireType.LENGTH) throw new WireError('a message was expected', value.start);
  return value;
}
