import { binCount } from '../../accumulate/bin-of.js';
import { widened } from '../../accumulate/counters.js';
import { COUNT_FIELDS } from '../../accumulate/counts.js';
import { layerAccumulator, type AccumulatorSettings, type LayerState } from '../../accumulate/layer-state.js';
import type { Extremes } from '../../accumulate/extremes.js';
import type { Sketch } from '../../accumulate/sketch.js';
import { readBins, writeBins } from './bin-bytes.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter, VARINT_BYTES } from './byte-writer.js';
import { readConcepts, writeConcepts } from './concept-bytes.js';
import { readExamples, readSamples, writeExamples, writeSamples } from './example-bytes.js';
import { readExplained, writeExplained } from './explained-bytes.js';
import { readSpans, writeSpans } from './span-bytes.js';
import { readGates, writeGates } from './gate-bytes.js';
import { readMatch, writeMatch } from './match-bytes.js';
import { readDigits, writeDigits } from './moment-bytes.js';

/*
 * One layer of a state, neuron by neuron within each accumulator:
 *
 * | part       | a neuron                                                                       |
 * |------------|--------------------------------------------------------------------------------|
 * | neurons    | how many, then each one's column less the column before                        |
 * | tokens     | counted tokens, once                                                           |
 * | counts     | zero, positive, active, NaN, +Inf, −Inf: a varint each                         |
 * | moments    | four exact sums (moment-bytes.ts)                                              |
 * | sketch     | non-empty bins: how many, then (bins skipped, count) each; clamped low, high   |
 * | max, min   | record + 1, or 0 where there is none; value, file, window, position, token id  |
 * | top,bottom | examples, best first (example-bytes.ts)                                        |
 * | random,    | samples: of each cell how many, then each by its hash; absent where the        |
 * | bands      | settings ask for none                                                          |
 * | concepts   | documents' values by label (concept-bytes.ts); absent without label fields     |
 * | explained  | sums by class (explained-bytes.ts); absent where the settings ask for none     |
 * | spans      | documents’ differences by label of spans (span-bytes.ts); absent without       |
 * | match      | activations by position (match-bytes.ts); absent where the settings ask for    |
 * |            | none                                                                           |
 * | gates      | sign cases of gated FFNs (gate-bytes.ts); absent without --gate-cases          |
 *
 * Numbers are varints, values float32. Equal states have equal bytes: examples are
 * in their order, and nothing says how wide counters were in memory.
 */

/**
 * @param neurons columns of the layer's activation that the state's entries belong to, ascending
 * @param room bytes to begin with: what they may come to, where that is known
 */
export function layerBytes(state: LayerState, neurons: Int32Array, room = 1 << 20): Uint8Array {
  const writer = new ByteWriter(room);
  writer.reserve((2 + neurons.length) * VARINT_BYTES);
  writer.varint(neurons.length);
  neurons.forEach((column, j) => writer.varint(j === 0 ? column : column - neurons[j - 1]!));
  writer.varint(state.counts.tokens);
  for (const field of COUNT_FIELDS) writeCounters(writer, state.counts[field]);
  writeDigits(writer, state.moments.digits);
  writeSketch(writer, state.sketch, neurons.length);
  writeExtremes(writer, state.max);
  writeExtremes(writer, state.min);
  writeExamples(writer, state.top);
  if (state.bottom !== null) writeExamples(writer, state.bottom);
  if (state.random !== null) writeSamples(writer, state.random);
  if (state.bands !== null) writeSamples(writer, state.bands);
  if (state.concepts !== null) writeConcepts(writer, state.concepts);
  if (state.explained !== null) writeExplained(writer, state.explained);
  if (state.spans !== null) writeSpans(writer, state.spans);
  if (state.match !== null) writeMatch(writer, state.match);
  if (state.gates !== null) writeGates(writer, state.gates);
  return writer.written();
}

/** What `layerBytes` wrote of a state with these settings. */
export function readLayer(
  bytes: Uint8Array,
  settings: AccumulatorSettings,
): { neurons: Int32Array; state: LayerState } {
  const reader = new ByteReader(bytes);
  const neurons = new Int32Array(reader.varint());
  for (let j = 0; j < neurons.length; j++) neurons[j] = reader.varint() + (j === 0 ? 0 : neurons[j - 1]!);
  const state = layerAccumulator(settings).empty(neurons.length);
  const { counts, moments, sketch, top, bottom, random, bands, concepts } = state;
  const { explained, spans, match, gates } = state;
  counts.tokens = reader.varint();
  for (const field of COUNT_FIELDS) counts[field] = readCounters(reader, counts[field], counts.tokens);
  readDigits(reader, moments.digits);
  sketch.tokens = counts.tokens;
  readSketch(reader, sketch, neurons.length, binCount(settings.sketchRange));
  readExtremes(reader, state.max);
  readExtremes(reader, state.min);
  readExamples(reader, top);
  if (bottom !== null) readExamples(reader, bottom);
  if (random !== null) readSamples(reader, random);
  if (bands !== null) readSamples(reader, bands);
  if (concepts !== null) readConcepts(reader, concepts);
  if (explained !== null) readExplained(reader, explained);
  if (spans !== null) readSpans(reader, spans);
  if (match !== null) readMatch(reader, match);
  if (gates !== null) readGates(reader, gates);
  reader.end();
  return { neurons, state };
}

type Counters = Uint32Array | Float64Array;

function writeCounters(writer: ByteWriter, counters: Counters): void {
  writer.reserve(counters.length * VARINT_BYTES);
  for (let j = 0; j < counters.length; j++) writer.varint(counters[j]!);
}

/** @param largest a bound of every count */
function readCounters(reader: ByteReader, empty: Counters, largest: number): Counters {
  const counters = widened(empty, largest);
  for (let j = 0; j < counters.length; j++) counters[j] = reader.varint();
  return counters;
}

function writeSketch(writer: ByteWriter, { bins, clampedLow, clampedHigh }: Sketch, neurons: number): void {
  writeBins(writer, bins, neurons);
  writeCounters(writer, clampedLow);
  writeCounters(writer, clampedHigh);
}

function readSketch(reader: ByteReader, sketch: Sketch, neurons: number, width: number): void {
  sketch.bins = widened(sketch.bins, sketch.tokens);
  readBins(reader, sketch.bins, neurons, width);
  sketch.clampedLow = readCounters(reader, sketch.clampedLow, sketch.tokens);
  sketch.clampedHigh = readCounters(reader, sketch.clampedHigh, sketch.tokens);
}

function writeExtremes(
  writer: ByteWriter,
  { value, file, record, window, position, tokenId }: Extremes,
): void {
  const bits = new Int32Array(value.buffer, value.byteOffset, value.length);
  writer.reserve(value.length * 6 * VARINT_BYTES);
  for (let j = 0; j < value.length; j++) {
    writer.varint(record[j]! + 1);
    if (record[j] === -1) continue;
    writer.word(bits[j]!);
    writer.varint(file[j]!);
    writer.varint(window[j]!);
    writer.varint(position[j]!);
    writer.varint(tokenId[j]!);
  }
}

function readExtremes(
  reader: ByteReader,
  { value, file, record, window, position, tokenId }: Extremes,
): void {
  const bits = new Int32Array(value.buffer, value.byteOffset, value.length);
  for (let j = 0; j < value.length; j++) {
    record[j] = reader.varint() - 1;
    if (record[j] === -1) continue;
    bits[j] = reader.word();
    file[j] = reader.varint();
    window[j] = reader.varint();
    position[j] = reader.varint();
    tokenId[j] = reader.varint();
  }
}
