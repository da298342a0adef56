import { DIGITS } from '../../accumulate/superaccumulator.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';

/*
 * An exact sum has up to 37 digits of 32 bits, of which few say anything:
 *
 * | varint | digits that are 0 before the first that is not                     |
 * | varint | digits that follow · 2 + sign: 1 where the number is negative      |
 * | words  | these digits                                                       |
 *
 * All digits behind them repeat the sign. Zero is 0 and 0.
 */

/** All numbers of a layer: `DIGITS` of each neuron, one after another. */
export function writeDigits(writer: ByteWriter, digits: Uint32Array): void {
  for (let at = 0; at < digits.length;) {
    for (const count of DIGITS) {
      writeNumber(writer, digits, at, at + count);
      at += count;
    }
  }
}

export function readDigits(reader: ByteReader, digits: Uint32Array): void {
  for (let at = 0; at < digits.length;) {
    for (const count of DIGITS) {
      readNumber(reader, digits, at, at + count);
      at += count;
    }
  }
}

/** One exact sum. @param end exclusive */
export function writeNumber(writer: ByteWriter, digits: Uint32Array, start: number, end: number): void {
  const negative = digits[end - 1]! >>> 31;
  const repeated = negative === 1 ? 0xffffffff : 0;
  let from = start;
  while (from < end && digits[from] === 0) from++;
  if (from === end) from = start; // zero
  let to = end;
  while (to > from && digits[to - 1] === repeated) to--;
  writer.reserve(2 * VARINT_BYTES + 4 * (to - from));
  writer.varint(from - start);
  writer.varint((to - from) * 2 + negative);
  for (let i = from; i < to; i++) writer.word(digits[i]!);
}

export function readNumber(reader: ByteReader, digits: Uint32Array, start: number, end: number): void {
  const from = start + reader.varint();
  const told = reader.varint();
  const to = from + (told >>> 1);
  digits.fill(0, start, from);
  for (let i = from; i < to; i++) digits[i] = reader.word();
  digits.fill((told & 1) === 1 ? 0xffffffff : 0, to, end);
}
