import type { Accumulator, Batch } from './accumulator.js';
import { EXPONENT_BIAS, type SketchRange } from './bin-of.js';
import {
  emptyStore,
  FILE,
  moveExample,
  POSITION,
  rowWidth,
  WINDOW,
  writeExample,
  type ExampleStore,
} from './example-rows.js';
import { positionHash, positionHashes } from './position-hashes.js';

export interface SampleSettings {
  /** `random`: over all values; `band`: of each cell of sign × octave. */
  side: 'random' | 'band';
  /** Examples kept of each cell of a neuron. */
  size: number;
  /** What bounds the octaves: all nearer zero is one cell, all beyond the last octave belongs to it. */
  sketchRange: SketchRange;
  /** Tokens kept each side. */
  around: number;
  /** Chooses the sample: a whole number of 32 bits. */
  seed: number;
}

/**
 * In each cell of each neuron of a layer the examples whose positions have the lowest hashes: a uniform sample of the
 * values there, without replacement (bottom-k sampling: Cohen and Kaplan, "Summarizing data using bottom-k sketches",
 * 2007). Cell c of neuron j has the slots [(j · cells + c) · size, …), of which the first `held` are filled, in no order.
 */
export interface Samples extends ExampleStore {
  settings: SampleSettings;
  cells: number;
  /** Examples held, by neuron and cell. */
  held: Int32Array;
  /** Upper half of the largest hash held, by neuron and cell; the largest there is while there is room. */
  bar: Uint32Array;
  /** Halves of each slot's hash. */
  low: Uint32Array;
  high: Uint32Array;
}

const ROOM = 0xffffffff;

/** The k of lowest hash of a union are the k of lowest hash of each part's k. */
export function samplesAccumulator(settings: SampleSettings): Accumulator<Samples> {
  const cellOf = cellTable(settings);
  return {
    name: settings.side,
    empty: (neurons) => empty(neurons, settings),
    add: (into, batch) => add(into, batch, cellOf),
    merge,
  };
}

/** How many cells a neuron has: near zero, and the octaves on either side. */
export function cellCount({ side, sketchRange: { low, high } }: SampleSettings): number {
  return side === 'random' ? 1 : 2 * (high - low) + 1;
}

/**
 * The cell of each pair of sign and exponent of float32 (its highest 9 bits), ascending by value: the most negative
 * octave first, then what is near zero, then the positive octaves.
 */
function cellTable(settings: SampleSettings): Uint16Array {
  const cells = new Uint16Array(512);
  if (settings.side === 'random') return cells;
  const { low, high } = settings.sketchRange;
  const zero = high - low;
  for (let exponent = 0; exponent < 256; exponent++) {
    const octave = Math.min(exponent - EXPONENT_BIAS - low, high - low - 1);
    cells[exponent] = octave < 0 ? zero : zero + 1 + octave;
    cells[256 + exponent] = octave < 0 ? zero : zero - 1 - octave;
  }
  return cells;
}

function empty(neurons: number, settings: SampleSettings): Samples {
  const cells = cellCount(settings);
  const slots = neurons * cells * settings.size;
  return {
    ...emptyStore(slots, settings),
    settings,
    cells,
    held: new Int32Array(neurons * cells),
    bar: new Uint32Array(neurons * cells).fill(ROOM),
    low: new Uint32Array(slots),
    high: new Uint32Array(slots),
  };
}

function add(into: Samples, batch: Batch, cellOf: Uint16Array): void {
  const { settings, cells, bar } = into;
  const { activations, neurons, length, runs, places } = batch;
  if (neurons === 0) return;
  const bits = new Int32Array(activations.buffer, activations.byteOffset, activations.length);
  // No bar rises, so what is above all of them now can be passed over.
  const highest = bar.reduce((most, each) => Math.max(most, each), 0);
  for (let r = 0; r < runs.length; r += 3) {
    const window = runs[r]!;
    const hashes = positionHashes(settings.seed, places[window]!);
    for (let position = runs[r + 1]!; position < runs[r + 2]!; position++) {
      const [low, high] = [hashes[2 * position]!, hashes[2 * position + 1]!];
      if (high > highest) continue;
      const row = (window * length + position) * neurons;
      for (let j = 0; j < neurons; j++) {
        const cell = j * cells + cellOf[bits[row + j]! >>> 23]!;
        if (high > bar[cell]!) continue;
        const value = activations[row + j]!;
        if (value - value !== 0) continue; // NaN or infinite
        const { file, record, window: number } = places[window]!;
        const slot = admit(into, cell, { low, high, file, record, window: number, position });
        if (slot !== -1) writeExample(into, slot, batch, window, j, position);
      }
    }
  }
}

/** What orders samples: the hash, then document, window, position, for two hashes may be equal. */
interface Candidate {
  low: number;
  high: number;
  file: number;
  record: number;
  window: number;
  position: number;
}

/** @returns the slot to fill; −1 where the candidate is not among the lowest */
function admit(into: Samples, cell: number, candidate: Candidate): number {
  const { size } = into.settings;
  const base = cell * size;
  const held = into.held[cell]!;
  const slot = held < size ? base + held : last(into, base, held);
  if (held === size && !isBefore(candidate, candidateAt(into, slot))) return -1;
  into.low[slot] = candidate.low;
  into.high[slot] = candidate.high;
  into.record[slot] = candidate.record;
  const row = slot * rowWidth(into.settings);
  const { integers } = into.rows;
  integers[row + FILE] = candidate.file;
  integers[row + WINDOW] = candidate.window;
  integers[row + POSITION] = candidate.position;
  if (held < size) into.held[cell] = held + 1;
  if (into.held[cell] === size) into.bar[cell] = into.high[last(into, base, size)]!;
  return slot;
}

/** The slot of the last example of a cell, in the order of samples. */
function last(samples: Samples, base: number, held: number): number {
  let slot = base;
  for (let i = base + 1; i < base + held; i++) {
    if (isBefore(candidateAt(samples, slot), candidateAt(samples, i))) slot = i;
  }
  return slot;
}

function candidateAt({ low, high, record, rows, settings }: Samples, slot: number): Candidate {
  const row = slot * rowWidth(settings);
  return {
    low: low[slot]!,
    high: high[slot]!,
    file: rows.integers[row + FILE]!,
    record: record[slot]!,
    window: rows.integers[row + WINDOW]!,
    position: rows.integers[row + POSITION]!,
  };
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.high !== b.high) return a.high < b.high;
  if (a.low !== b.low) return a.low < b.low;
  if (a.file !== b.file) return a.file < b.file;
  if (a.record !== b.record) return a.record < b.record;
  if (a.window !== b.window) return a.window < b.window;
  return a.position < b.position;
}

function merge(into: Samples, from: Samples): void {
  const { size } = from.settings;
  for (let cell = 0; cell < from.held.length; cell++) {
    for (let slot = cell * size; slot < cell * size + from.held[cell]!; slot++) {
      const admitted = admit(into, cell, candidateAt(from, slot));
      if (admitted !== -1) moveExample(into, admitted, from, slot);
    }
  }
}

/** Slots of a neuron's examples: by cell, ascending by value, then by hash. */
export function sampledSlots(samples: Samples, neuron: number): Int32Array {
  const { cells, held, settings } = samples;
  const slots: number[] = [];
  for (let cell = neuron * cells; cell < (neuron + 1) * cells; cell++) {
    const base = cell * settings.size;
    const ofCell = Array.from({ length: held[cell]! }, (_, i) => base + i);
    ofCell.sort((a, b) => (isBefore(candidateAt(samples, a), candidateAt(samples, b)) ? -1 : 1));
    slots.push(...ofCell);
  }
  return Int32Array.from(slots);
}

/** Makes the first slots of a cell, which a caller has filled but for their hashes, its examples. */
export function fillCell(samples: Samples, cell: number, held: number): void {
  const { settings, low, high, bar } = samples;
  const base = cell * settings.size;
  const hash = new Uint32Array(2);
  for (let slot = base; slot < base + held; slot++) {
    const place = candidateAt(samples, slot);
    positionHash(settings.seed, place, place.position, hash);
    low[slot] = hash[0]!;
    high[slot] = hash[1]!;
  }
  samples.held[cell] = held;
  if (held === settings.size) bar[cell] = high[last(samples, base, held)]!;
}
