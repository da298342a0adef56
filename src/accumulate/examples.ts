import type { Accumulator, Batch } from './accumulator.js';
import { admit, isFull, worstValue } from './examples-heap.js';
import type { WindowPlace } from './types.js';

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
 * The k best examples of each neuron of a layer. Slot s = j · k + i holds one
 * example of neuron j; `heap[j · k …]` orders its slots, the worst first.
 * Two examples with the same key (see `ExampleSettings.distinct`) never stand
 * together: the better one stays.
 */
export interface Examples {
  settings: ExampleSettings;
  /** Examples held of each neuron. */
  size: Int32Array;
  heap: Int32Array;
  value: Float32Array;
  file: Int32Array;
  record: Int32Array;
  line: Float64Array;
  startByte: Float64Array;
  id: (string | null)[];
  textKey: string[];
  window: Int32Array;
  position: Int32Array;
  tokenIndex: Int32Array;
  charStart: Int32Array;
  charEnd: Int32Array;
  contextStart: Int32Array;
  contextLength: Int32Array;
  /** `contextWidth` entries a slot. */
  contextIds: Int32Array;
  contextActivations: Float32Array;
}

export function contextWidth(settings: ExampleSettings): number {
  return 2 * settings.around + 1;
}

/** A bounded heap: the k best of a union are the k best of each part's k best. */
export function examplesAccumulator(settings: ExampleSettings): Accumulator<Examples> {
  return { name: settings.side, empty: (neurons) => empty(neurons, settings), add, merge };
}

function empty(neurons: number, settings: ExampleSettings): Examples {
  const slots = neurons * settings.k;
  const width = contextWidth(settings);
  const ints = () => new Int32Array(slots);
  return {
    settings,
    size: new Int32Array(neurons),
    heap: ints(),
    value: new Float32Array(slots),
    file: ints(),
    record: ints(),
    line: new Float64Array(slots),
    startByte: new Float64Array(slots),
    id: new Array<string | null>(slots).fill(null),
    textKey: settings.distinct === 'text' ? new Array<string>(slots).fill('') : [],
    window: ints(),
    position: ints(),
    tokenIndex: ints(),
    charStart: ints(),
    charEnd: ints(),
    contextStart: ints(),
    contextLength: ints(),
    contextIds: new Int32Array(slots * width),
    contextActivations: new Float32Array(slots * width),
  };
}

/** Offers what a batch holds. The window's extreme decides at once for nearly all windows and neurons. */
function add(into: Examples, batch: Batch): void {
  const { settings } = into;
  if (settings.k === 0) return;
  const { neurons, places, windows } = batch;
  const top = settings.side === 'top';
  const best = top ? windows.max : windows.min;
  const bestAt = top ? windows.argmax : windows.argmin;
  const oneAWindow = settings.per === 'window' || settings.distinct !== 'none';
  // Side by side, as the windows' extremes are: heaps lie too far apart to ask each of them for each window.
  const bars = new Float32Array(neurons);
  for (let j = 0; j < neurons; j++) bars[j] = barOf(into, j);
  for (let w = 0; w < places.length; w++) {
    const row = w * neurons;
    for (let j = 0; j < neurons; j++) {
      const value = best[row + j]!;
      if (top ? value < bars[j]! : value > bars[j]!) continue;
      const position = bestAt[row + j]!;
      if (position === -1) continue;
      if (oneAWindow) offer(into, batch, w, j, position, value);
      else offerEach(into, batch, w, j);
      bars[j] = barOf(into, j);
    }
  }
}

/** What a value must at least equal to be admitted. */
function barOf(examples: Examples, neuron: number): number {
  if (isFull(examples, neuron)) return worstValue(examples, neuron);
  return examples.settings.side === 'top' ? -Infinity : Infinity;
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
  const slot = admit(into, neuron, {
    value: value + 0,
    file,
    record,
    window: place.window,
    position,
    textKey,
  });
  if (slot !== -1) describe(into, slot, batch, window, neuron, position, place);
}

/** Fills in what an admitted example says beside its rank. */
function describe(
  into: Examples,
  slot: number,
  batch: Batch,
  window: number,
  neuron: number,
  position: number,
  place: WindowPlace,
): void {
  const { activations, neurons, length } = batch;
  const width = contextWidth(into.settings);
  const start = Math.max(0, position - into.settings.around);
  const end = Math.min(place.ids.length, position + into.settings.around + 1);
  const span = place.span(position);
  into.line[slot] = place.line;
  into.startByte[slot] = place.startByte;
  into.id[slot] = place.id;
  into.tokenIndex[slot] = place.tokenIndex[position]!;
  into.charStart[slot] = span === null ? -1 : span[0];
  into.charEnd[slot] = span === null ? -1 : span[1];
  into.contextStart[slot] = start;
  into.contextLength[slot] = end - start;
  const to = slot * width;
  let from = (window * length + start) * neurons + neuron;
  for (let p = start; p < end; p++) {
    into.contextIds[to + p - start] = place.ids[p]!;
    into.contextActivations[to + p - start] = activations[from]! + 0;
    from += neurons;
  }
}

function merge(into: Examples, from: Examples): void {
  const { k } = from.settings;
  const width = contextWidth(from.settings);
  for (let neuron = 0; neuron < from.size.length; neuron++) {
    for (let slot = neuron * k; slot < neuron * k + from.size[neuron]!; slot++) {
      const admitted = admit(into, neuron, {
        value: from.value[slot]!,
        file: from.file[slot]!,
        record: from.record[slot]!,
        window: from.window[slot]!,
        position: from.position[slot]!,
        textKey: from.textKey[slot] ?? '',
      });
      if (admitted !== -1) copyDescription(into, admitted, from, slot, width);
    }
  }
}

const DESCRIPTION = [
  'line',
  'startByte',
  'tokenIndex',
  'charStart',
  'charEnd',
  'contextStart',
  'contextLength',
] as const;

function copyDescription(into: Examples, to: number, from: Examples, slot: number, width: number): void {
  for (const field of DESCRIPTION) into[field][to] = from[field][slot]!;
  into.id[to] = from.id[slot]!;
  into.contextIds.set(from.contextIds.subarray(slot * width, (slot + 1) * width), to * width);
  into.contextActivations.set(from.contextActivations.subarray(slot * width, (slot + 1) * width), to * width);
}
