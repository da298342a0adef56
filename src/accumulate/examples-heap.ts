import type { Examples } from './examples.js';

/** What ranks an example and tells it from others. */
export interface Candidate {
  /** Finite. */
  value: number;
  file: number;
  record: number;
  window: number;
  position: number;
  textKey: string;
}

/**
 * Takes a candidate into neuron's heap if it is among the k best of distinct key.
 * @returns the slot whose description the caller must fill; −1 where it is not admitted
 */
export function admit(examples: Examples, neuron: number, candidate: Candidate): number {
  const { k } = examples.settings;
  const base = neuron * k;
  const size = examples.size[neuron]!;
  const full = size === k;
  if (k === 0) return -1;
  if (full && !isBetter(examples, candidate, examples.heap[base]!)) return -1;
  const place = placeOfKey(examples, neuron, candidate);
  if (place !== -1) {
    const slot = examples.heap[base + place]!;
    if (!isBetter(examples, candidate, slot)) return -1;
    write(examples, slot, candidate);
    sink(examples, base, size, place);
    return slot;
  }
  if (full) {
    const slot = examples.heap[base]!;
    write(examples, slot, candidate);
    sink(examples, base, size, 0);
    return slot;
  }
  const slot = base + size;
  write(examples, slot, candidate);
  examples.heap[base + size] = slot;
  examples.size[neuron] = size + 1;
  rise(examples, base, size);
  return slot;
}

export function isFull(examples: Examples, neuron: number): boolean {
  return examples.size[neuron] === examples.settings.k;
}

/** Value of the worst example held; the neuron must hold one. */
export function worstValue(examples: Examples, neuron: number): number {
  return examples.value[examples.heap[neuron * examples.settings.k]!]!;
}

/** Slots of a neuron's examples, best first. */
export function rankedSlots(examples: Examples, neuron: number): Int32Array {
  const base = neuron * examples.settings.k;
  const slots = examples.heap.slice(base, base + examples.size[neuron]!);
  return slots.sort((a, b) => (isWorse(examples, a, b) ? 1 : -1));
}

/** Place in the heap of the example with the candidate's key; −1 where there is none. */
function placeOfKey(examples: Examples, neuron: number, { file, record, textKey }: Candidate): number {
  const { k, distinct } = examples.settings;
  if (distinct === 'none') return -1; // a position, or a window, is offered once
  const base = neuron * k;
  const size = examples.size[neuron]!;
  for (let place = 0; place < size; place++) {
    const slot = examples.heap[base + place]!;
    const same =
      distinct === 'text'
        ? examples.textKey[slot] === textKey
        : examples.record[slot] === record && examples.file[slot] === file;
    if (same) return place;
  }
  return -1;
}

/** The total order of examples: the value, then document, window, position, the smaller first. */
function isBetter(examples: Examples, candidate: Candidate, slot: number): boolean {
  const { value, file, record, window, position } = candidate;
  const held = examples.value[slot]!;
  if (value !== held) return examples.settings.side === 'top' ? value > held : value < held;
  if (file !== examples.file[slot]) return file < examples.file[slot]!;
  if (record !== examples.record[slot]) return record < examples.record[slot]!;
  if (window !== examples.window[slot]) return window < examples.window[slot]!;
  return position < examples.position[slot]!;
}

function isWorse(examples: Examples, a: number, b: number): boolean {
  const { value, file, record, window, position } = examples;
  if (value[a] !== value[b])
    return examples.settings.side === 'top' ? value[a]! < value[b]! : value[a]! > value[b]!;
  if (file[a] !== file[b]) return file[a]! > file[b]!;
  if (record[a] !== record[b]) return record[a]! > record[b]!;
  if (window[a] !== window[b]) return window[a]! > window[b]!;
  return position[a]! > position[b]!;
}

function write(examples: Examples, slot: number, candidate: Candidate): void {
  examples.value[slot] = candidate.value;
  examples.file[slot] = candidate.file;
  examples.record[slot] = candidate.record;
  examples.window[slot] = candidate.window;
  examples.position[slot] = candidate.position;
  if (examples.settings.distinct === 'text') examples.textKey[slot] = candidate.textKey;
}

/** Moves the slot at `place` towards the root while it is worse than its parent. */
function rise(examples: Examples, base: number, place: number): void {
  const { heap } = examples;
  const slot = heap[base + place]!;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = heap[base + parent]!;
    if (!isWorse(examples, slot, above)) break;
    heap[base + place] = above;
    place = parent;
  }
  heap[base + place] = slot;
}

/** Moves the slot at `place` away from the root while a child is worse. */
function sink(examples: Examples, base: number, size: number, place: number): void {
  const { heap } = examples;
  const slot = heap[base + place]!;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= size) break;
    if (child + 1 < size && isWorse(examples, heap[base + child + 1]!, heap[base + child]!)) child++;
    if (!isWorse(examples, heap[base + child]!, slot)) break;
    heap[base + place] = heap[base + child]!;
    place = child;
  }
  heap[base + place] = slot;
}
