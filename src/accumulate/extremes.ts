import type { Accumulator, Batch } from './accumulator.js';
import type { WindowPlace } from './types.js';

/** A value with its place. Entry j belongs to neuron j; `record` is −1 where no value was finite. */
export interface Extremes {
  value: Float32Array;
  file: Int32Array;
  record: Int32Array;
  window: Int32Array;
  position: Int32Array;
  tokenId: Int32Array;
}

const PLACE = ['file', 'record', 'window', 'position'] as const;

/**
 * The largest (`max`) or smallest (`min`) finite value of each neuron; of equal
 * values the first by document, window, position.
 */
export function extremesAccumulator(side: 'max' | 'min'): Accumulator<Extremes> {
  const sign = side === 'max' ? 1 : -1;
  return {
    name: side,
    empty: (neurons) => ({
      value: new Float32Array(neurons).fill(-sign * Infinity),
      file: new Int32Array(neurons),
      record: new Int32Array(neurons).fill(-1),
      window: new Int32Array(neurons),
      position: new Int32Array(neurons),
      tokenId: new Int32Array(neurons),
    }),
    add: (into, batch) => addColumns(into, batch, 0, batch.neurons, side),
    addColumns: (into, batch, first, end) => addColumns(into, batch, first, end, side),
    merge: (into, from) => {
      for (let j = 0; j < into.value.length; j++) {
        if (from.record[j] === -1) continue;
        const ahead = sign * (from.value[j]! - into.value[j]!);
        if (into.record[j] === -1 || ahead > 0 || (ahead === 0 && isEarlier(from, into, j)))
          copy(into, from, j);
      }
    },
  };
}

function addColumns(into: Extremes, batch: Batch, first: number, end: number, side: 'max' | 'min'): void {
  const { neurons, places, windows } = batch;
  const largest = side === 'max';
  const values = windows[side];
  const positions = largest ? windows.argmax : windows.argmin;
  for (let w = 0; w < places.length; w++) {
    const row = w * neurons;
    for (let j = first; j < end; j++) {
      const value = values[row + j]!;
      const held = into.value[j]!;
      if (largest ? value < held : value > held) continue; // nearly always
      const position = positions[row + j]!;
      if (position === -1) continue;
      if (value !== held || into.record[j] === -1 || comesBefore(places[w]!, position, into, j)) {
        set(into, j, value, places[w]!, position);
      }
    }
  }
}

function set(into: Extremes, j: number, value: number, place: WindowPlace, position: number): void {
  into.value[j] = value + 0; // −0 becomes +0
  into.file[j] = place.file;
  into.record[j] = place.record;
  into.window[j] = place.window;
  into.position[j] = position;
  into.tokenId[j] = place.ids[position]!;
}

function comesBefore(place: WindowPlace, position: number, than: Extremes, j: number): boolean {
  if (place.file !== than.file[j]) return place.file < than.file[j]!;
  if (place.record !== than.record[j]) return place.record < than.record[j]!;
  if (place.window !== than.window[j]) return place.window < than.window[j]!;
  return position < than.position[j]!;
}

function isEarlier(a: Extremes, b: Extremes, j: number): boolean {
  for (const field of PLACE) if (a[field][j] !== b[field][j]) return a[field][j]! < b[field][j]!;
  return false;
}

function copy(into: Extremes, from: Extremes, j: number): void {
  into.value[j] = from.value[j]!;
  for (const field of PLACE) into[field][j] = from[field][j]!;
  into.tokenId[j] = from.tokenId[j]!;
}
