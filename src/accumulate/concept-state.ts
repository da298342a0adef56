import type { SketchRange } from './bin-of.js';
import { conceptBinCount } from './concept-bins.js';
import { labelBins, type LabelBins } from './label-bins.js';
import { DIGITS } from './superaccumulator.js';
import type { LabelledDocument } from './types.js';
import { zeros } from './zeros.js';

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
  bins: LabelBins;
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

/** Bytes that a set takes for each neuron at most: with more than 65,535 documents in each half. */
export function conceptSetBytes(range: SketchRange): number {
  return 2 * 4 * (1 + SUM_DIGITS + conceptBinCount(range));
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
    values: zeros(neurons),
    sums: zeros(neurons * SUM_DIGITS),
    bins: labelBins(neurons, settings.sketchRange),
  };
}
