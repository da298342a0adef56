import { SUM_DIGITS, type GateCases } from '../../accumulate/gate-cases.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';
import { readExamples, writeExamples } from './example-bytes.js';
import { readNumber, writeNumber } from './moment-bytes.js';

/*
 * The sign cases of gated neurons, in the order of GATE_CASES; of each, neuron by neuron within each part:
 *
 * | varint   | tokens                                          |
 * | sum      | of their products (moment-bytes.ts)             |
 * | examples | one, or none where there are no tokens          |
 */
export function writeGates(writer: ByteWriter, { cases }: GateCases): void {
  for (const { count, sums, example } of cases) {
    writer.reserve(count.length * VARINT_BYTES);
    for (let j = 0; j < count.length; j++) writer.varint(count[j]!);
    for (let at = 0; at < sums.length; at += SUM_DIGITS) writeNumber(writer, sums, at, at + SUM_DIGITS);
    writeExamples(writer, example);
  }
}

/** @param gates empty */
export function readGates(reader: ByteReader, { cases }: GateCases): void {
  for (const { count, sums, example } of cases) {
    for (let j = 0; j < count.length; j++) count[j] = reader.varint();
    for (let at = 0; at < sums.length; at += SUM_DIGITS) readNumber(reader, sums, at, at + SUM_DIGITS);
    readExamples(reader, example);
  }
}
