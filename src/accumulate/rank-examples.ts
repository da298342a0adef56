import {
  CHAR_END,
  CHAR_START,
  CONTEXT,
  CONTEXT_LENGTH,
  CONTEXT_START,
  contextWidth,
  FILE,
  LINE,
  POSITION,
  readWide,
  rowWidth,
  START_BYTE,
  TOKEN_INDEX,
  WINDOW,
  type ExampleStore,
} from './example-rows.js';
import { rankedSlots } from './admit-example.js';
import type { Examples } from './examples.js';
import { sampledSlots, type Samples } from './samples.js';
import type { RankedExamples } from './types.js';

/** The examples in their canonical order: by neuron, best first. */
export function rankExamples(examples: Examples): RankedExamples {
  return inOrder(examples, examples.size.length, (j) => rankedSlots(examples, j));
}

/** The examples in their canonical order: by neuron, cell, hash. */
export function rankSamples(samples: Samples): RankedExamples {
  return inOrder(samples, samples.held.length / samples.cells, (j) => sampledSlots(samples, j));
}

/** @param slotsOf the slots of a neuron's examples in their order */
function inOrder(
  examples: ExampleStore,
  neurons: number,
  slotsOf: (neuron: number) => Int32Array,
): RankedExamples {
  const ofNeuron = Array.from({ length: neurons }, (_, j) => slotsOf(j));
  const start = new Int32Array(neurons + 1);
  for (let j = 0; j < neurons; j++) start[j + 1] = start[j]! + ofNeuron[j]!.length;
  const slots = new Int32Array(start[neurons]!);
  for (let j = 0; j < neurons; j++) slots.set(ofNeuron[j]!, start[j]);

  const { integers } = examples.rows;
  const rows = slots.map((slot) => slot * rowWidth(examples.settings));
  const field = (place: number) => rows.map((row) => integers[row + place]!);
  const wide = (place: number) => Float64Array.from(rows, (row) => readWide(integers, row + place));
  return {
    start,
    value: Float32Array.from(slots, (slot) => examples.value[slot]!),
    file: field(FILE),
    record: slots.map((slot) => examples.record[slot]!),
    line: wide(LINE),
    startByte: wide(START_BYTE),
    id: Array.from(slots, (slot) => examples.id[slot]!),
    window: field(WINDOW),
    position: field(POSITION),
    tokenIndex: field(TOKEN_INDEX),
    tokenId: rows.map(
      (row) => integers[row + CONTEXT + integers[row + POSITION]! - integers[row + CONTEXT_START]!]!,
    ),
    charStart: field(CHAR_START),
    charEnd: field(CHAR_END),
    contextStart: field(CONTEXT_START),
    contextLength: field(CONTEXT_LENGTH),
    ...contexts(examples, rows),
  };
}

/** The contexts of rows, zeros behind those that are shorter than the widest. */
function contexts(
  { rows: { integers, floats }, settings }: ExampleStore,
  rows: Int32Array,
): Pick<RankedExamples, 'width' | 'contextIds' | 'contextActivations'> {
  const width = contextWidth(settings);
  const contextIds = new Int32Array(rows.length * width);
  const contextActivations = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    const ids = row + CONTEXT;
    const length = integers[row + CONTEXT_LENGTH]!;
    contextIds.set(integers.subarray(ids, ids + length), i * width);
    contextActivations.set(floats.subarray(ids + width, ids + width + length), i * width);
  });
  return { width, contextIds, contextActivations };
}
