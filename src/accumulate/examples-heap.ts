import { FILE, POSITION, rowWidth, WINDOW } from './example-rows.js';
import { moveBar } from './examples-bar.js';
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
 * @returns the slot whose id and row the caller must fill, before the next call; −1 where it is not admitted
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
    if (full) raiseBar(examples, neuron);
    return slot;
  }
  if (full) {
    const slot = examples.heap[base]!;
    write(examples, slot, candidate);
    sink(examples, base, size, 0);
    raiseBar(examples, neuron);
    return slot;
  }
  const slot = base + size;
  write(examples, slot, candidate);
  examples.heap[base + size] = slot;
  examples.size[neuron] = size + 1;
  rise(examples, base, size);
  if (size + 1 === k) raiseBar(examples, neuron);
  return slot;
}

/** To the value of the worst example held. */
function raiseBar(examples: Examples, neuron: number): void {
  const worst = examples.value[examples.heap[neuron * examples.settings.k]!]!;
  moveBar(examples.bar, neuron, worst, examples.settings.side);
}

/** Slots of a neuron's examples, best first. */
export function rankedSlots(examples: Examples, neuron: number): Int32Array {
  const base = neuron * examples.settings.k;
  const slots = examples.heap.slice(base, base + examples.size[neuron]!);
  return slots.sort((a, b) => (isWorse(examples, a, b) ? 1 : -1));
}

/** Makes a neuron's heap of `held` examples that lie in its first slots, best first. */
export function fillHeap(examples: Examples, neuron: number, held: number): void {
  const base = neuron * examples.settings.k;
  examples.size[neuron] = held;
  // From worst to best is a heap.
  for (let place = 0; place < held; place++) examples.heap[base + place] = base + held - 1 - place;
  if (held > 0 && held === examples.settings.k) raiseBar(examples, neuron);
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
        : examples.record[slot] === record && inRow(examples, slot, FILE) === file;
    if (same) return place;
  }
  return -1;
}

function inRow({ rows, settings }: Examples, slot: number, field: number): number {
  return rows.integers[slot * rowWidth(settings) + field]!;
}

/** The total order of examples: the value, then document, window, position, the smaller first. */
function isBetter(examples: Examples, candidate: Candidate, slot: number): boolean {
  const { value, record } = candidate;
  const held = examples.value[slot]!;
  if (value !== held) return examples.settings.side === 'top' ? value > held : value < held;
  const file = inRow(examples, slot, FILE);
  if (candidate.file !== file) return candidate.file < file;
  if (record !== examples.record[slot]) return record < examples.record[slot]!;
  const window = inRow(examples, slot, WINDOW);
  if (candidate.window !== window) return candidate.window < window;
  return candidate.position < inRow(examples, slot, POSITION);
}

function isWorse(examples: Examples, a: number, b: number): boolean {
  const { value, record } = examples;
  if (value[a] !== value[b])
    return examples.settings.side === 'top' ? value[a]! < value[b]! : value[a]! > value[b]!;
  const [fileA, fileB] = [inRow(examples, a, FILE), inRow(examples, b, FILE)];
  if (fileA !== fileB) return fileA > fileB;
  if (record[a] !== record[b]) return record[a]! > record[b]!;
  const [windowA, windowB] = [inRow(examples, a, WINDOW), inRow(examples, b, WINDOW)];
  if (windowA !== windowB) return windowA > windowB;
  return inRow(examples, a, POSITION) > inRow(examples, b, POSITION);
}

/** What ranks a slot; all of it, for the heap is put in order before the caller fills the rest. */
function write(examples: Examples, slot: number, candidate: Candidate): void {
  const { integers } = examples.rows;
  const row = slot * rowWidth(examples.settings);
  examples.value[slot] = candidate.value;
  examples.record[slot] = candidate.record;
  integers[row + FILE] = candidate.file;
  integers[row + WINDOW] = candidate.window;
  integers[row + POSITION] = candidate.position;
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
