import { conceptBinCount } from '../../accumulate/concept-bins.js';
import { setOf, sortedSets, SUMS, type ConceptHalf, type Concepts } from '../../accumulate/concept-state.js';
import { readLabelBins, writeBins } from './bin-bytes.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';
import { readNumber, writeNumber } from './moment-bytes.js';

/*
 * Documents' values by label: how many sets, then each, by field, a field's own set first, then by label in code units:
 *
 * | varint | number of the field among those asked for                                      |
 * | text   | the label; null: all documents that have the field                             |
 * | halves | of each of the two: documents; then, neuron by neuron within each part, values |
 * |        | (a varint), Σv and Σv² (moment-bytes.ts), bins (bin-bytes.ts)                   |
 */
export function writeConcepts(writer: ByteWriter, concepts: Concepts): void {
  if (concepts.pending.size > 0)
    throw new Error(`${concepts.pending.size} documents lack some of their windows where a state is written`);
  if (concepts.finished.length > 0)
    throw new Error(
      `values of ${concepts.finished.length} documents were not taken before a state is written`,
    );
  const sets = sortedSets(concepts);
  writer.reserve(VARINT_BYTES);
  writer.varint(sets.length);
  for (const { field, label, halves } of sets) {
    writer.reserve(VARINT_BYTES);
    writer.varint(field);
    writer.text(label);
    for (const half of halves) writeHalf(writer, half);
  }
}

/** @param concepts empty */
export function readConcepts(reader: ByteReader, concepts: Concepts): void {
  for (let sets = reader.varint(); sets > 0; sets--) {
    const { halves } = setOf(concepts, reader.varint(), reader.text());
    for (const half of halves) readHalf(reader, half, conceptBinCount(concepts.settings.sketchRange));
  }
}

function writeHalf(writer: ByteWriter, { documents, values, sums, bins }: ConceptHalf): void {
  writer.reserve((1 + values.length) * VARINT_BYTES);
  writer.varint(documents);
  for (let j = 0; j < values.length; j++) writer.varint(values[j]!);
  for (let at = 0; at < sums.length;) {
    for (const { digits } of SUMS) {
      writeNumber(writer, sums, at, at + digits);
      at += digits;
    }
  }
  writeBins(writer, bins.counts, values.length);
}

function readHalf(reader: ByteReader, half: ConceptHalf, width: number): void {
  const { values, sums, bins } = half;
  half.documents = reader.varint();
  for (let j = 0; j < values.length; j++) values[j] = reader.varint();
  for (let at = 0; at < sums.length;) {
    for (const { digits } of SUMS) {
      readNumber(reader, sums, at, at + digits);
      at += digits;
    }
  }
  readLabelBins(reader, bins, values.length, width);
}
