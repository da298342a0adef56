import type { Accumulator, Batch } from './accumulator.js';
import { positionHash, positionHashes } from './position-hashes.js';

export interface MatchSettings {
  /** Positions kept. */
  size: number;
  /** Chooses them: a whole number of 32 bits. */
  seed: number;
}

/**
 * The activations of all neurons of a layer at the counted positions of lowest hash over the whole corpus: a uniform
 * sample without replacement (bottom-k sampling, as in samples.ts), and the same positions in every layer and in every
 * model that reads the same tokens. Unlike examples they are kept by position, NaN and ±Inf among them: slot s has the
 * values [s · neurons, (s + 1) · neurons). The first `held` slots are filled, in no order.
 */
export interface MatchSample {
  settings: MatchSettings;
  neurons: number;
  held: number;
  /** The slot of the largest hash; −1 while there is room. */
  last: number;
  /** Halves of each slot's hash. */
  low: Uint32Array;
  high: Uint32Array;
  /** Where each slot's position is. */
  file: Int32Array;
  record: Int32Array;
  window: Int32Array;
  position: Int32Array;
  tokenId: Int32Array;
  values: Float32Array;
}

/** The fields of a place, in the order that decides between equal hashes. */
export const PLACE_FIELDS = ['file', 'record', 'window', 'position'] as const;

type Candidate = Record<'low' | 'high' | (typeof PLACE_FIELDS)[number], number>;

/** Bytes that it takes for each neuron; hashes and places, the same for all neurons, are some 30 KB a layer. */
export function matchBytes(size: number): number {
  return 4 * size;
}

/** The k of lowest hash of a union are the k of lowest hash of each part's k. */
export function matchAccumulator(settings: MatchSettings): Accumulator<MatchSample> {
  return { name: 'match', empty: (neurons) => empty(neurons, settings), add, merge };
}

function empty(neurons: number, settings: MatchSettings): MatchSample {
  const { size } = settings;
  const places = () => new Int32Array(size);
  return {
    ...{ settings, neurons, held: 0, last: -1 },
    ...{ low: new Uint32Array(size), high: new Uint32Array(size) },
    ...{ file: places(), record: places(), window: places(), position: places(), tokenId: places() },
    values: new Float32Array(size * neurons),
  };
}

function add(into: MatchSample, { activations, neurons, length, runs, places }: Batch): void {
  for (let r = 0; r < runs.length; r += 3) {
    const w = runs[r]!;
    const { file, record, window, ids } = places[w]!;
    const hashes = positionHashes(into.settings.seed, places[w]!);
    for (let position = runs[r + 1]!; position < runs[r + 2]!; position++) {
      const [low, high] = [hashes[2 * position]!, hashes[2 * position + 1]!];
      if (into.last !== -1 && high > into.high[into.last]!) continue;
      const row = (w * length + position) * neurons;
      const candidate = { low, high, file, record, window, position };
      admit(into, candidate, ids[position]!, activations.subarray(row, row + neurons));
    }
  }
}

/** @param values one a neuron */
function admit(into: MatchSample, candidate: Candidate, tokenId: number, values: Float32Array): void {
  const { neurons, settings } = into;
  const isFull = into.held === settings.size;
  if (isFull && !isBefore(candidate, candidateAt(into, into.last))) return;
  const slot = isFull ? into.last : into.held++;
  placeAt(into, slot, candidate, tokenId);
  const at = slot * neurons;
  for (let j = 0; j < neurons; j++) {
    const value = values[j]!;
    // One NaN and one zero, so that equal states are equal bytes.
    into.values[at + j] = value === value ? value + 0 : NaN;
  }
  if (into.held === settings.size) into.last = lastOf(into);
}

function placeAt(into: MatchSample, slot: number, candidate: Candidate, tokenId: number): void {
  into.low[slot] = candidate.low;
  into.high[slot] = candidate.high;
  for (const field of PLACE_FIELDS) into[field][slot] = candidate[field];
  into.tokenId[slot] = tokenId;
}

function candidateAt({ low, high, file, record, window, position }: MatchSample, slot: number): Candidate {
  return {
    ...{ low: low[slot]!, high: high[slot]!, file: file[slot]!, record: record[slot]! },
    ...{ window: window[slot]!, position: position[slot]! },
  };
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.high !== b.high) return a.high < b.high;
  if (a.low !== b.low) return a.low < b.low;
  for (const field of PLACE_FIELDS) if (a[field] !== b[field]) return a[field] < b[field];
  return false;
}

function lastOf(sample: MatchSample): number {
  const { high, held } = sample;
  let last = 0;
  for (let slot = 1; slot < held; slot++) {
    if (high[slot]! < high[last]!) continue;
    if (high[slot]! > high[last]! || isBefore(candidateAt(sample, last), candidateAt(sample, slot)))
      last = slot;
  }
  return last;
}

function merge(into: MatchSample, from: MatchSample): void {
  const { neurons } = from;
  for (let slot = 0; slot < from.held; slot++) {
    const values = from.values.subarray(slot * neurons, (slot + 1) * neurons);
    admit(into, candidateAt(from, slot), from.tokenId[slot]!, values);
  }
}

/** The filled slots in the order of their hashes. */
export function matchSlots(sample: MatchSample): Int32Array {
  const slots = Int32Array.from({ length: sample.held }, (_, slot) => slot);
  return slots.sort((a, b) => (isBefore(candidateAt(sample, a), candidateAt(sample, b)) ? -1 : 1));
}

/** Makes the first slots, which a caller has filled but for their hashes, the sample. */
export function fillMatch(sample: MatchSample, held: number): void {
  const hash = new Uint32Array(2);
  for (let slot = 0; slot < held; slot++) {
    const place = candidateAt(sample, slot);
    positionHash(sample.settings.seed, place, place.position, hash);
    sample.low[slot] = hash[0]!;
    sample.high[slot] = hash[1]!;
  }
  sample.held = held;
  if (held === sample.settings.size) sample.last = lastOf(sample);
}
