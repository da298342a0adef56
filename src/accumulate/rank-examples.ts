import { contextWidth, type Examples } from './examples.js';
import { rankedSlots } from './examples-heap.js';
import type { RankedExamples } from './types.js';

/** The examples in their canonical order: by neuron, best first. */
export function rankExamples(examples: Examples): RankedExamples {
  const neurons = examples.size.length;
  const width = contextWidth(examples.settings);
  const start = new Int32Array(neurons + 1);
  for (let j = 0; j < neurons; j++) start[j + 1] = start[j]! + examples.size[j]!;
  const total = start[neurons]!;
  const slots = new Int32Array(total);
  for (let j = 0; j < neurons; j++) slots.set(rankedSlots(examples, j), start[j]);

  const contextIds = new Int32Array(total * width);
  const contextActivations = new Float32Array(total * width);
  const tokenId = new Int32Array(total);
  for (let i = 0; i < total; i++) {
    const from = slots[i]! * width;
    const length = examples.contextLength[slots[i]!]!;
    contextIds.set(examples.contextIds.subarray(from, from + length), i * width);
    contextActivations.set(examples.contextActivations.subarray(from, from + length), i * width);
    tokenId[i] =
      examples.contextIds[from + examples.position[slots[i]!]! - examples.contextStart[slots[i]!]!]!;
  }
  return {
    start,
    value: Float32Array.from(slots, (s) => examples.value[s]!),
    file: Int32Array.from(slots, (s) => examples.file[s]!),
    record: Int32Array.from(slots, (s) => examples.record[s]!),
    line: Float64Array.from(slots, (s) => examples.line[s]!),
    startByte: Float64Array.from(slots, (s) => examples.startByte[s]!),
    id: Array.from(slots, (s) => examples.id[s]!),
    window: Int32Array.from(slots, (s) => examples.window[s]!),
    position: Int32Array.from(slots, (s) => examples.position[s]!),
    tokenIndex: Int32Array.from(slots, (s) => examples.tokenIndex[s]!),
    tokenId,
    charStart: Int32Array.from(slots, (s) => examples.charStart[s]!),
    charEnd: Int32Array.from(slots, (s) => examples.charEnd[s]!),
    contextStart: Int32Array.from(slots, (s) => examples.contextStart[s]!),
    contextLength: Int32Array.from(slots, (s) => examples.contextLength[s]!),
    width,
    contextIds,
    contextActivations,
  };
}
