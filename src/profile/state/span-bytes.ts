import { conceptBinCount } from '../../accumulate/concept-bins.js';
import {
  SPAN_SUMS,
  sortedSpanSets,
  spanFieldOf,
  spanSetOf,
  type SpanHalf,
  type Spans,
} from '../../accumulate/span-state.js';
import { readLabelBins, writeBins } from './bin-bytes.js';
import type { ByteReader } from './byte-reader.js';
import { VARINT_BYTES, type ByteWriter } from './byte-writer.js';
import { readNumber, writeNumber } from './moment-bytes.js';

/*
 * What neurons do within spans: how many fields; each, ascending:
 *
 * | varint | number of the field among those asked for                                              |
 * | varint | documents that have it and whose tokens are not known to stand in its spans or outside |
 * | halves | of each of the two: documents; of each neuron, bins of the token sample (bin-bytes.ts) |
 *
 * Then how many labels; each, by field, then by label in code units:
 *
 * | varint | number of the field                                                                    |
 * | text   | the label                                                                              |
 * | halves | of each of the two: documents; of these, those with no token inside, with none outside; |
 * |        | then a part each, of each neuron: Σd and Σd² (moment-bytes.ts), bins of d, bins of the |
 * |        | token sample inside                                                                    |
 */
export function writeSpans(writer: ByteWriter, spans: Spans): void {
  if (spans.pending.size > 0)
    throw new Error(`${spans.pending.size} documents lack some of their windows where a state is written`);
  const fields = [...spans.fields.values()].sort((a, b) => a.field - b.field);
  writer.reserve(VARINT_BYTES);
  writer.varint(fields.length);
  for (const { field, unaligned, halves } of fields) {
    writer.reserve(2 * VARINT_BYTES);
    writer.varint(field);
    writer.varint(unaligned);
    for (const { documents, tokens } of halves) {
      writer.reserve(VARINT_BYTES);
      writer.varint(documents);
      writeBins(writer, tokens.counts, spans.neurons);
    }
  }
  const sets = sortedSpanSets(spans);
  writer.reserve(VARINT_BYTES);
  writer.varint(sets.length);
  for (const { field, label, halves } of sets) {
    writer.reserve(VARINT_BYTES);
    writer.varint(field);
    writer.text(label);
    for (const half of halves) writeHalf(writer, half, spans.neurons);
  }
}

/** @param spans empty */
export function readSpans(reader: ByteReader, spans: Spans): void {
  const { neurons } = spans;
  const width = conceptBinCount(spans.settings.sketchRange);
  for (let fields = reader.varint(); fields > 0; fields--) {
    const field = spanFieldOf(spans, reader.varint());
    field.unaligned = reader.varint();
    for (const half of field.halves) {
      half.documents = reader.varint();
      readLabelBins(reader, half.tokens, neurons, width);
    }
  }
  for (let sets = reader.varint(); sets > 0; sets--) {
    const { halves } = spanSetOf(spans, reader.varint(), reader.text()!);
    for (const half of halves) readHalf(reader, half, neurons, width);
  }
}

const COUNTS = ['documents', 'noInside', 'noOutside'] as const;

function writeHalf(writer: ByteWriter, half: SpanHalf, neurons: number): void {
  writer.reserve(COUNTS.length * VARINT_BYTES);
  for (const count of COUNTS) writer.varint(half[count]);
  for (let at = 0; at < half.sums.length;) {
    for (const { digits } of SPAN_SUMS) {
      writeNumber(writer, half.sums, at, at + digits);
      at += digits;
    }
  }
  writeBins(writer, half.bins.counts, neurons);
  writeBins(writer, half.tokens.counts, neurons);
}

function readHalf(reader: ByteReader, half: SpanHalf, neurons: number, width: number): void {
  for (const count of COUNTS) half[count] = reader.varint();
  for (let at = 0; at < half.sums.length;) {
    for (const { digits } of SPAN_SUMS) {
      readNumber(reader, half.sums, at, at + digits);
      at += digits;
    }
  }
  readLabelBins(reader, half.bins, neurons, width);
  readLabelBins(reader, half.tokens, neurons, width);
}
