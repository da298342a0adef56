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
 * Takes a candidate in if it is among the k best of distinct key of its neuron.
 * @returns the slot whose id and row the caller must fill, before the next call; −1 where it is not admitted
 */
export function admit(examples: Examples, neuron: number, candidate: Candidate): number {
  const { k } = examples.settings;
  const size = examples.size[neuron]!;
  const full = size === k;
  if (full && (k === 0 || !isBetter(examples, candidate, examples.worst[neuron]!))) return -1;
  let slot = slotOfKey(examples, neuron, candidate);
  if (slot === -1) {
    slot = full ? examples.worst[neuron]! : neuron * k + size;
    if (!full) examples.size[neuron] = size + 1;
  } else if (!isBetter(examples, candidate, slot)) return -1;
  write(examples, slot, candidate);
  noteWorst(examples, neuron);
  return slot;
}

/** Finds the worst of k examples, which bars what is worse; there is nothing to bar while there is room. */
function noteWorst(examples: Examples, neuron: number): void {
  const { value, settings } = examples;
  const { k, side } = settings;
  if (examples.size[neuron]! < k) return;
  const first = neuron * k;
  let worst = first;
  let least = value[first]!;
  for (let slot = first + 1; slot < first + k; slot++) {
    const held = value[slot]!;
    if (side === 'top' ? held > least : held < least) continue;
    if (held === least && !isWorse(examples, slot, worst)) continue;
    worst = slot;
    least = held;
  }
  examples.worst[neuron] = worst;
  moveBar(examples.bar, neuron, least, side);
}

/** Slots of a neuron's examples, best first. */
export function rankedSlots(examples: Examples, neuron: number): Int32Array {
  const first = neuron * examples.settings.k;
  const slots = Int32Array.from({ length: examples.size[neuron]! }, (_, place) => first + place);
  return slots.sort((a, b) => (isWorse(examples, a, b) ? 1 : -1));
}

/** Makes `held` examples that lie in a neuron's first slots its own. */
export function takeHeld(examples: Examples, neuron: number, held: number): void {
  examples.size[neuron] = held;
  if (held > 0) noteWorst(examples, neuron);
}

/** The slot of the example with the candidate's key; −1 where there is none. */
function slotOfKey(examples: Examples, neuron: number, { file, record, textKey }: Candidate): number {
  const { k, distinct } = examples.settings;
  if (distinct === 'none') return -1; // a position, or a window, is offered once
  const first = neuron * k;
  const end = first + examples.size[neuron]!;
  for (let slot = first; slot < end; slot++) {
    const same =
      distinct === 'text'
        ? examples.textKey[slot] === textKey
        : examples.record[slot] === record && inRow(examples, slot, FILE) === file;
    if (same) return slot;
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

/** What ranks a slot and tells it from others. */
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
