import type { Accumulator, Batch } from './accumulator.js';
import {
  setOf,
  SUMS,
  type ConceptHalf,
  type Concepts,
  type ConceptSettings,
  type FinishedDocument,
} from './concept-state.js';
import { halfOf } from './document-half.js';
import { DocumentLog } from './document-log.js';
import { mergeLabelBins } from './label-bins.js';
import { addNumber } from './superaccumulator.js';
import type { LabelledDocument } from './types.js';

/** Counts, exact sums and maxima merge in any order; a document is added where its last window comes in. */
export function conceptsAccumulator(settings: ConceptSettings): Accumulator<Concepts> {
  return {
    name: 'concepts',
    empty: (neurons) => ({ settings, neurons, sets: new Map(), pending: new Map(), finished: [] }),
    add(into, batch) {
      addDocuments(into, batch, documentLogOf(into, 1)); // a log of one holds nothing back
    },
    merge,
  };
}

/** A log for the documents of many batches of a layer. @param capacity documents; absent: as many as serve well */
export function documentLogOf({ neurons, settings }: Concepts, capacity?: number): DocumentLog {
  return new DocumentLog(neurons, settings.sketchRange, capacity);
}

/** Adds a batch. What is left in the log is no part of the state until it is spilled. */
export function addDocuments(into: Concepts, { places, neurons, windows }: Batch, log: DocumentLog): void {
  for (const [w, { labelled }] of places.entries()) {
    if (labelled === undefined) throw new Error('a window came without the labels of its document');
    takeWindows(into, labelled, 1, windows.max.subarray(w * neurons, (w + 1) * neurons), log);
  }
}

/** Adds a document that has no window, and so no value: no batch holds it. */
export function addWindowless(into: Concepts, document: LabelledDocument): void {
  countDocument(into, document);
}

/** The sampled documents that have been finished since this was asked last. */
export function takeFinished(concepts: Concepts): FinishedDocument[] {
  return concepts.finished.splice(0);
}

/** @param max of the `seen` windows; −Infinity where none of their values is finite */
function takeWindows(
  into: Concepts,
  document: LabelledDocument,
  seen: number,
  max: Float32Array,
  log: DocumentLog,
): void {
  const key = `${document.file}/${document.record}`;
  let held = into.pending.get(key);
  if (held === undefined) {
    if (seen === document.windows) return addDocument(into, document, max, log);
    held = { document, seen: 0, max: new Float32Array(max.length).fill(-Infinity) };
    into.pending.set(key, held);
  }
  held.seen += seen;
  for (let j = 0; j < max.length; j++) {
    if (max[j]! >= held.max[j]!) held.max[j] = max[j]! + 0; // −0 becomes +0
  }
  if (held.seen < document.windows) return;
  into.pending.delete(key);
  addDocument(into, document, held.max, log);
}

/** @param values one a neuron, −Infinity where it has none */
function addDocument(
  into: Concepts,
  document: LabelledDocument,
  values: Float32Array,
  log: DocumentLog,
): void {
  if (document.isSampled === true) into.finished.push({ document, values: values.map((value) => value + 0) }); // −0 becomes +0
  log.add(values, countDocument(into, document));
}

/** @returns what is kept of its labels, where its values are to be added */
function countDocument(into: Concepts, document: LabelledDocument): ConceptHalf[] {
  const half = halfOf(into.settings.seed, document);
  const targets = document.labels.flatMap((labels, field) =>
    labels === null ? [] : [null, ...labels].map((label) => setOf(into, field, label).halves[half]),
  );
  for (const target of targets) target.documents++;
  return targets;
}

function merge(into: Concepts, from: Concepts): void {
  for (const { field, label, halves } of from.sets.values()) {
    const set = setOf(into, field, label);
    halves.forEach((half, i) => mergeHalf(set.halves[i]!, half));
  }
  const log = documentLogOf(into, 1);
  for (const { document, seen, max } of from.pending.values()) takeWindows(into, document, seen, max, log);
  for (const each of from.finished) into.finished.push(each);
}

function mergeHalf(into: ConceptHalf, from: ConceptHalf): void {
  into.documents += from.documents;
  for (let j = 0; j < into.values.length; j++) into.values[j]! += from.values[j]!;
  mergeLabelBins(into.bins, from.bins);
  for (let at = 0; at < into.sums.length;) {
    for (const { digits } of SUMS) {
      addNumber(into.sums, at, from.sums, at, digits);
      at += digits;
    }
  }
}
