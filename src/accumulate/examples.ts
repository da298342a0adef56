import type { Accumulator, Batch } from './accumulator.js';
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
import { emptyBar } from './examples-bar.js';
import { admit } from './admit-example.js';

export interface ExampleSettings {
  side: 'top' | 'bottom';
  /** Examples kept of a neuron. */
  k: number;
  /** Tokens kept each side of the firing one. */
  around: number;
  /** At most one example a document, a text, or no such limit. */
  distinct: 'document' | 'text' | 'none';
  /** Whether each position competes, or the best of each window. */
  per: 'token' | 'window';
}

/**
 * The k best examples of each neuron of a layer: neuron j's stand in the slots
 * from j · k, in no order (admit-example.ts). Two examples with the same key (see `ExampleSettings.distinct`) never stand
 * together: the better one stays.
 */
export interface Examples extends ExampleStore {
  settings: ExampleSettings;
  /** Examples held of each neuron. */
  size: Int32Array;
  /** What a value must at least equal to be kept in the end (examples-bar.ts). */
  bar: Float32Array;
  /** Slot of the worst example; of no meaning while there are fewer than k. */
  worst: Int32Array;
  textKey: string[];
}

/** The k best of a union are the k best of each part's k best. */
export function examplesAccumulator(settings: ExampleSettings): Accumulator<Examples> {
  return {
    name: settings.side,
    empty: (neurons) => empty(neurons, settings),
    add: (into, batch) => addColumns(into, batch, 0, batch.neurons),
    addColumns,
    merge,
  };
}

function empty(neurons: number, settings: ExampleSettings): Examples {
  const slots = neurons * settings.k;
  return {
    ...emptyStore(slots, settings),
    settings,
    size: new Int32Array(neurons),
    bar: emptyBar(neurons, settings.side),
    worst: new Int32Array(neurons),
    textKey: settings.distinct === 'text' ? new Array<string>(slots).fill('') : [],
  };
}

/**
 * Offers what a batch holds, neuron by neuron: its examples are seldom in a cache, so they
 * are visited once a batch, and only where a window's extreme reaches its bar.
 */
function addColumns(into: Examples, batch: Batch, first: number, end: number): void {
  const { settings, bar } = into;
  if (settings.k === 0) return;
  const { neurons, places, windows } = batch;
  const top = settings.side === 'top';
  const best = top ? windows.max : windows.min;
  const bestAt = top ? windows.argmax : windows.argmin;
  const oneAWindow = settings.per === 'window' || settings.distinct !== 'none';
  const reached = reachedBars(into, batch, best, first, end);
  for (let j = first; j < end; j++) {
    if (reached[j - first] === 0) continue;
    for (let w = 0; w < places.length; w++) {
      const value = best[w * neurons + j]!;
      if (top ? value < bar[j]! : value > bar[j]!) continue;
      const position = bestAt[w * neurons + j]!;
      if (position === -1) continue;
      if (oneAWindow) offer(into, batch, w, j, position, value);
      else offerEach(into, batch, w, j);
    }
  }
}

/** 1 for each of neurons [first, end) that some window may give an example. */
function reachedBars(
  { settings, bar }: Examples,
  { neurons, places }: Batch,
  best: Float32Array,
  first: number,
  end: number,
): Uint8Array {
  const reached = new Uint8Array(end - first);
  const top = settings.side === 'top';
  for (let w = 0; w < places.length; w++) {
    const row = w * neurons;
    for (let j = first; j < end; j++) {
      if (top ? best[row + j]! >= bar[j]! : best[row + j]! <= bar[j]!) reached[j - first] = 1;
    }
  }
  return reached;
}

/** Offers each counted position of a window. */
function offerEach(into: Examples, batch: Batch, window: number, neuron: number): void {
  const { activations, neurons, length, runs } = batch;
  for (let r = 0; r < runs.length; r += 3) {
    if (runs[r] !== window) continue;
    for (let position = runs[r + 1]!; position < runs[r + 2]!; position++) {
      const value = activations[(window * length + position) * neurons + neuron]!;
      if (value - value === 0) offer(into, batch, window, neuron, position, value);
    }
  }
}

function offer(
  into: Examples,
  batch: Batch,
  window: number,
  neuron: number,
  position: number,
  value: number,
): void {
  const place = batch.places[window]!;
  const { file, record, textKey } = place;
  // −0 becomes +0
  const candidate = { value: value + 0, file, record, window: place.window, position, textKey };
  const slot = admit(into, neuron, candidate);
  if (slot !== -1) writeExample(into, slot, batch, window, neuron, position);
}

function merge(into: Examples, from: Examples): void {
  const { k } = from.settings;
  const width = rowWidth(from.settings);
  const { integers } = from.rows;
  for (let neuron = 0; neuron < from.size.length; neuron++) {
    for (let slot = neuron * k; slot < neuron * k + from.size[neuron]!; slot++) {
      const row = slot * width;
      const admitted = admit(into, neuron, {
        value: from.value[slot]!,
        file: integers[row + FILE]!,
        record: from.record[slot]!,
        window: integers[row + WINDOW]!,
        position: integers[row + POSITION]!,
        textKey: from.textKey[slot] ?? '',
      });
      if (admitted !== -1) moveExample(into, admitted, from, slot);
    }
  }
}
