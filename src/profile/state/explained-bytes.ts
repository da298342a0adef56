import { addRow, highRows, sortedClasses, type ClassSums } from '../../accumulate/class-sums.js';
import { EXPLAIN_KINDS, NO_TOKEN } from '../../accumulate/explain-kinds.js';
import type { Explained } from '../../accumulate/explained.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';

/*
 * Sums by class, kind by kind in the order of EXPLAIN_KINDS, of those asked for: how many classes, then each, ascending:
 *
 * | varint  | the class less the one before; the first: its distance from NO_TOKEN   |
 * | varint  | counted tokens                                                         |
 * | varints | low of each neuron, folded                                             |
 * | varint  | 1 where any high is not 0, else 0                                      |
 * | varints | then high of each neuron, folded                                       |
 *
 * A whole number x is folded to 2x, or −2x − 1 where it is negative.
 */
export function writeExplained(writer: ByteWriter, explained: Explained): void {
  for (const kind of EXPLAIN_KINDS) {
    const sums = explained[kind];
    if (sums !== undefined) writeSums(writer, sums);
  }
}

/** @param explained empty */
export function readExplained(reader: ByteReader, explained: Explained): void {
  for (const kind of EXPLAIN_KINDS) {
    const sums = explained[kind];
    if (sums !== undefined) readSums(reader, sums);
  }
}

function writeSums(writer: ByteWriter, sums: ClassSums): void {
  // All at once, as it may be most of a state: a writer that grows by doubling would take three times as much.
  const rows = sums.counts.length + highRows(sums);
  writer.reserve((1 + 3 * sums.counts.length + rows * sums.neurons) * VARINT_BYTES);
  writer.varint(sums.counts.length);
  let last = NO_TOKEN;
  for (const { class: ofClass, count, low, high } of sortedClasses(sums)) {
    writer.reserve((3 + low.length) * VARINT_BYTES);
    writer.varint(ofClass - last);
    writer.varint(count);
    for (let j = 0; j < low.length; j++) writer.varint(folded(low[j]!));
    writer.varint(high === null ? 0 : 1);
    if (high !== null) {
      writer.reserve(high.length * VARINT_BYTES);
      for (let j = 0; j < high.length; j++) writer.varint(folded(high[j]!));
    }
    last = ofClass;
  }
}

function readSums(reader: ByteReader, sums: ClassSums): void {
  const row = () => Float64Array.from({ length: sums.neurons }, () => unfolded(reader.varint()));
  let last = NO_TOKEN;
  for (let classes = reader.varint(); classes > 0; classes--) {
    last += reader.varint();
    const count = reader.varint();
    const low = row();
    addRow(sums, last, count, { low, high: reader.varint() === 0 ? null : row() });
  }
}

function folded(x: number): number {
  return x < 0 ? -2 * x - 1 : 2 * x;
}

function unfolded(x: number): number {
  return x % 2 === 0 ? x / 2 : -(x + 1) / 2;
}
