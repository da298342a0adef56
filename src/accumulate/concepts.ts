import type { Accumulator, Batch } from './accumulator.js';
import type { SketchRange } from './bin-of.js';
import { conceptBinCount, conceptBinOfBits } from './concept-bins.js';
import { halfOf } from './document-half.js';
import { addExact, addNumber, DIGITS } from './superaccumulator.js';
import type { LabelledDocument } from './types.js';

export interface ConceptSettings {
  sketchRange: SketchRange;
  /** Chooses the halves: a whole number of 32 bits. */
  seed: number;
}

/**
 * Values of documents, told apart by their labels. A document gives one value a neuron: the largest finite one of its
 * counted tokens, over all its windows.
 */
export interface Concepts {
  settings: ConceptSettings;
  neurons: number;
  /** One a label, and one a field for all documents that have it: by `setKey`. */
  sets: Map<string, ConceptSet>;
  /** Documents some of whose windows are still to come, by file and record. Empty between two blocks. */
  pending: Map<string, PendingDocument>;
  /** Sampled documents whose windows have all come, in the order in which they did, until `takeFinished`. */
  finished: FinishedDocument[];
}

export interface ConceptSet {
  /** Number of the field among those asked for. */
  field: number;
  /** null: all documents that have the field. */
  label: string | null;
  /** By the half that documents belong to (document-half.ts). */
  halves: [ConceptHalf, ConceptHalf];
}

export interface ConceptHalf {
  /** Documents, those without a value included: the same for every neuron. */
  documents: number;
  /** Values of each neuron: documents with a finite counted token. */
  values: Uint32Array;
  /** Exact Σv and Σv² of neuron j, one after another from j · SUM_DIGITS (superaccumulator.ts). */
  sums: Uint32Array;
  /** Neuron j's bins (concept-bins.ts) lie from j · conceptBinCount. */
  bins: Uint32Array;
}

export interface PendingDocument {
  document: LabelledDocument;
  /** Windows that have come. */
  seen: number;
  /** Largest finite value of each neuron so far; −Infinity: none. */
  max: Float32Array;
}

export interface FinishedDocument {
  document: LabelledDocument;
  /** One a neuron; −Infinity: none. */
  values: Float32Array;
}

/** Digits of Σv and Σv², and how many bits of each lie below the point. v is float32, so v² is exact in float64. */
export const SUMS = [
  { digits: DIGITS[0], unit: 149 },
  { digits: DIGITS[1], unit: 298 },
] as const;
export const SUM_DIGITS = SUMS[0].digits + SUMS[1].digits;

/** Bytes that a set takes for each neuron. */
export function conceptSetBytes(range: SketchRange): number {
  return 2 * 4 * (1 + SUM_DIGITS + conceptBinCount(range));
}

/** Counts, exact sums and maxima merge in any order; a document is added where its last window comes in. */
export function conceptsAccumulator(settings: ConceptSettings): Accumulator<Concepts> {
  return {
    name: 'concepts',
    empty: (neurons) => ({ settings, neurons, sets: new Map(), pending: new Map(), finished: [] }),
    add,
    merge,
  };
}

/** Adds a document that has no window, and so no value: no batch holds it. */
export function addWindowless(into: Concepts, document: LabelledDocument): void {
  addDocument(into, document, null);
}

/** The sampled documents that have been finished since this was asked last. */
export function takeFinished(concepts: Concepts): FinishedDocument[] {
  return concepts.finished.splice(0);
}

/** In the order of fields, the field's own set first, then by label in code units. */
export function sortedSets({ sets }: Concepts): ConceptSet[] {
  return [...sets.values()].sort(
    (a, b) => a.field - b.field || Number(a.label !== null) - Number(b.label !== null) || order(a, b),
  );
}

/** The set of a label, or of all documents that have the field; made where there is none. */
export function setOf(concepts: Concepts, field: number, label: string | null): ConceptSet {
  const key = setKey(field, label);
  let set = concepts.sets.get(key);
  if (set === undefined) {
    set = { field, label, halves: [emptyHalf(concepts), emptyHalf(concepts)] };
    concepts.sets.set(key, set);
  }
  return set;
}

function setKey(field: number, label: string | null): string {
  return label === null ? `${field}` : `${field} ${label}`;
}

function order(a: ConceptSet, b: ConceptSet): number {
  return a.label! < b.label! ? -1 : a.label! > b.label! ? 1 : 0;
}

function emptyHalf({ neurons, settings }: Concepts): ConceptHalf {
  return {
    documents: 0,
    values: new Uint32Array(neurons),
    sums: new Uint32Array(neurons * SUM_DIGITS),
    bins: new Uint32Array(neurons * conceptBinCount(settings.sketchRange)),
  };
}

function add(into: Concepts, { places, neurons, windows }: Batch): void {
  for (const [w, { labelled }] of places.entries()) {
    if (labelled === undefined) throw new Error('a window came without the labels of its document');
    takeWindows(into, labelled, 1, windows.max.subarray(w * neurons, (w + 1) * neurons));
  }
}

/** @param max of the `seen` windows; −Infinity where none of their values is finite */
function takeWindows(into: Concepts, document: LabelledDocument, seen: number, max: Float32Array): void {
  const key = `${document.file}/${document.record}`;
  let held = into.pending.get(key);
  if (held === undefined) {
    if (seen === document.windows) return addDocument(into, document, max);
    held = { document, seen: 0, max: new Float32Array(max.length).fill(-Infinity) };
    into.pending.set(key, held);
  }
  held.seen += seen;
  for (let j = 0; j < max.length; j++) {
    if (max[j]! >= held.max[j]!) held.max[j] = max[j]! + 0; // −0 becomes +0
  }
  if (held.seen < document.windows) return;
  into.pending.delete(key);
  addDocument(into, document, held.max);
}

/** @param values one a neuron, −Infinity where it has none; null where no neuron has one */
function addDocument(into: Concepts, document: LabelledDocument, values: Float32Array | null): void {
  if (document.isSampled === true && values !== null)
    into.finished.push({ document, values: values.map((value) => value + 0) }); // −0 becomes +0
  const half = halfOf(into.settings.seed, document);
  for (const [field, labels] of document.labels.entries()) {
    if (labels === null) continue;
    for (const label of [null, ...labels])
      addValues(setOf(into, field, label).halves[half], values, into.settings.sketchRange);
  }
}

function addValues(into: ConceptHalf, values: Float32Array | null, range: SketchRange): void {
  into.documents++;
  if (values === null) return;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const perNeuron = conceptBinCount(range);
  const [sum, squares] = SUMS;
  for (let j = 0; j < values.length; j++) {
    const value = values[j]!;
    if (value === -Infinity) continue;
    const at = j * SUM_DIGITS;
    into.values[j]!++;
    into.bins[j * perNeuron + conceptBinOfBits(bits[j]!, range)]!++;
    addExact(into.sums, at, sum.digits, sum.unit, value);
    addExact(into.sums, at + sum.digits, squares.digits, squares.unit, value * value);
  }
}

function merge(into: Concepts, from: Concepts): void {
  for (const { field, label, halves } of from.sets.values()) {
    const set = setOf(into, field, label);
    halves.forEach((half, i) => mergeHalf(set.halves[i]!, half));
  }
  for (const { document, seen, max } of from.pending.values()) takeWindows(into, document, seen, max);
  for (const each of from.finished) into.finished.push(each);
}

function mergeHalf(into: ConceptHalf, from: ConceptHalf): void {
  into.documents += from.documents;
  for (const field of ['values', 'bins'] as const) {
    const [sum, part] = [into[field], from[field]];
    for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  }
  for (let at = 0; at < into.sums.length;) {
    for (const { digits } of SUMS) {
      addNumber(into.sums, at, from.sums, at, digits);
      at += digits;
    }
  }
}
