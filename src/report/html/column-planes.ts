import type { ByteReader } from '../../profile/state/byte-reader.js';
import type { ByteWriter } from '../../profile/state/byte-writer.js';

/*
 * A column as bytes that compress well: the lowest byte of every value, then
 * the next of every value, and so on, for neighbours are alike byte by byte.
 *
 * | bytes          | what                                                     |
 * |----------------|----------------------------------------------------------|
 * | 1              | w, bytes of a value: 4 for float32, 0 … 7 for whole ones |
 * | w × rows       | byte 0 of each value, byte 1 of each …                   |
 */
const FLOAT_BYTES = 4;

/** The given rows of a column. */
export function pickFloats(column: Float32Array, rows: Int32Array): Float32Array {
  return Float32Array.from(rows, (row) => column[row]!);
}

/** The same of whole numbers. */
export function pickNumbers(column: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => column[row]!);
}

/** Writes float32 values bit for bit; NaN stands for null. */
export function writeFloats(into: ByteWriter, values: Float32Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bytes = new Uint8Array(1 + FLOAT_BYTES * words.length);
  bytes[0] = FLOAT_BYTES;
  for (let at = 1, shift = 0; shift < 8 * FLOAT_BYTES; shift += 8) {
    for (let i = 0; i < words.length; i++) bytes[at++] = words[i]! >>> shift;
  }
  into.block(bytes);
}

/** Reads what `writeFloats` wrote. */
export function readFloats(from: ByteReader): Float32Array {
  const bytes = from.block();
  const words = new Uint32Array((bytes.length - 1) / FLOAT_BYTES);
  for (let at = 1, shift = 0; shift < 8 * FLOAT_BYTES; shift += 8) {
    for (let i = 0; i < words.length; i++) words[i]! |= bytes[at++]! << shift;
  }
  return new Float32Array(words.buffer);
}

/** Writes whole numbers from 0 to 2^53. */
export function writeWholes(into: ByteWriter, values: ArrayLike<number>): void {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  let width = 0;
  for (let left = most; left >= 1; left = Math.floor(left / 256)) width++;
  const bytes = new Uint8Array(1 + width * values.length);
  bytes[0] = width;
  for (let at = 1, place = 0, scale = 1; place < width; place++, scale *= 256) {
    for (let i = 0; i < values.length; i++) bytes[at++] = Math.floor(values[i]! / scale) % 256;
  }
  into.block(bytes);
}

/** Reads what `writeWholes` wrote of `rows` numbers. */
export function readWholes(from: ByteReader, rows: number): Float64Array {
  const bytes = from.block();
  const values = new Float64Array(rows);
  for (let at = 1, place = 0, scale = 1; place < bytes[0]!; place++, scale *= 256) {
    for (let i = 0; i < rows; i++) values[i]! += bytes[at++]! * scale;
  }
  return values;
}

/** The same with NaN for null: it is written as 0, and every number one higher. */
export function writePlaces(into: ByteWriter, values: Float64Array): void {
  writeWholes(
    into,
    values.map((value) => (Number.isNaN(value) ? 0 : value + 1)),
  );
}

/** Reads what `writePlaces` wrote; NaN stands for null. */
export function readPlaces(from: ByteReader, rows: number): Float64Array {
  return readWholes(from, rows).map((value) => (value === 0 ? NaN : value - 1));
}
