import type { Accumulator, Batch } from './accumulator.js';
import { halfOf } from './document-half.js';
import { mergeLabelBins } from './label-bins.js';
import { addBatch, addDifferences } from './span-batch.js';
import { SpanLog } from './span-log.js';
import type { SpanLoops } from './span-loops.js';
import {
  SPAN_SUMS,
  spanFieldOf,
  spanSetOf,
  type SpanFieldHalf,
  type SpanHalf,
  type Spans,
  type SpanSettings,
} from './span-state.js';
import { SpanSumLog } from './span-sum-log.js';
import { addSums, takeWindow, type PendingSpans, type SpanSums } from './span-sums.js';
import type { SpanMeans } from './span-tally.js';
import { addNumber } from './superaccumulator.js';
import type { SpannedDocument } from './types.js';

/**
 * Counts and exact sums merge in any order. A document's windows are added up in their order, whichever comes first, and
 * the document where its last one comes in; the differences of the documents of one window are added up within a lot.
 */
export function spansAccumulator(settings: SpanSettings): Accumulator<Spans> {
  /** Of states whose lot is under way. */
  const open = new WeakMap<Spans, SpanMeans>();
  return {
    name: 'spans',
    empty: (neurons) => ({ settings, neurons, fields: new Map(), labels: new Map(), pending: new Map() }),
    add(into, batch) {
      const means = open.get(into) ?? plainMeans(into);
      addSpans(into, batch, means);
      if (batch.endsLot === false) {
        open.set(into, means);
        return;
      }
      open.delete(into);
      spillSpans(means);
    },
    merge,
  };
}

/** Adds a document that has no window: no batch holds it. */
export function addWindowlessSpans(into: Spans, document: SpannedDocument): void {
  countDocument(into, document, new Int32Array(document.labels.length + 1));
}

/**
 * What many batches of a layer are added with.
 * @param loops a kernel's, if there are any
 * @param least rows that each log has room for; absent: as many as serve well
 */
export function spanMeans({ neurons, settings }: Spans, loops: SpanLoops | null, least?: number): SpanMeans {
  const log = new SpanLog(neurons, settings.sketchRange, least);
  const [sums, singles] = [new SpanSumLog(neurons, least), new SpanSumLog(neurons, least)];
  return { log, sums, singles, loops };
}

/** The plain ones, with no more room than one lot takes. */
function plainMeans(into: Spans): SpanMeans {
  return spanMeans(into, null, 0);
}

/** Puts into the state what is held back. */
export function spillSpans({ log, sums, singles }: SpanMeans): void {
  log.spill();
  sums.spill();
  singles.spill();
}

/** Adds a batch. What is held back is no part of the state until it is spilled. */
export function addSpans(into: Spans, batch: Batch, means: SpanMeans): void {
  for (const { window, document, sums } of addBatch(into, batch, means)) {
    if (document.windows === 1) countDocument(into, document, sums.counts);
    else takeSums(into, document, window, sums, means);
  }
  if (batch.endsLot !== false) means.sums.endLot();
}

function takeSums(
  into: Spans,
  document: SpannedDocument,
  window: number,
  sums: SpanSums,
  means: SpanMeans,
): void {
  const key = `${document.file}/${document.record}`;
  let held = into.pending.get(key);
  if (held === undefined)
    into.pending.set(key, (held = { document, taken: 0, sums: null, waiting: new Map() }));
  takeWindow(held, window, sums);
  finish(into, key, held, means);
}

/** Adds a document if all its windows have come. */
function finish(into: Spans, key: string, { document, taken, sums }: PendingSpans, means: SpanMeans): void {
  if (taken < document.windows) return;
  into.pending.delete(key);
  countDocument(into, document, sums!.counts);
  addDifferences(into, document, sums!, means);
}

/** @param counts counted tokens inside each label's spans, then all */
function countDocument(into: Spans, document: SpannedDocument, counts: Int32Array): void {
  const half = halfOf(into.settings.seed, document);
  for (const [field, known] of document.fields.entries()) {
    if (known === 'known') spanFieldOf(into, field).halves[half].documents++;
    if (known === 'unaligned') spanFieldOf(into, field).unaligned++;
  }
  for (const [i, { field, label }] of document.labels.entries()) {
    const set = spanSetOf(into, field, label).halves[half];
    set.documents++;
    if (counts[i] === 0) set.noInside++;
    else if (counts[i] === counts.at(-1)) set.noOutside++;
  }
}

function merge(into: Spans, from: Spans): void {
  for (const { field, unaligned, halves } of from.fields.values()) {
    const found = spanFieldOf(into, field);
    found.unaligned += unaligned;
    halves.forEach((half, i) => mergeCounts(found.halves[i]!, half));
  }
  for (const { field, label, halves } of from.labels.values()) {
    const set = spanSetOf(into, field, label);
    halves.forEach((half, i) => mergeHalf(set.halves[i]!, half));
  }
  const means = plainMeans(into);
  for (const [key, part] of from.pending) {
    let held = into.pending.get(key);
    if (held === undefined)
      into.pending.set(key, (held = { document: part.document, taken: 0, sums: null, waiting: new Map() }));
    if (part.sums !== null) addSums(held, part.taken, part.sums);
    for (const [window, sums] of part.waiting) takeWindow(held, window, sums);
    finish(into, key, held, means);
  }
  spillSpans(means);
}

function mergeHalf(into: SpanHalf, from: SpanHalf): void {
  mergeCounts(into, from);
  into.noInside += from.noInside;
  into.noOutside += from.noOutside;
  mergeLabelBins(into.bins, from.bins);
  for (let at = 0; at < into.sums.length;) {
    for (const { digits } of SPAN_SUMS) {
      addNumber(into.sums, at, from.sums, at, digits);
      at += digits;
    }
  }
}

function mergeCounts(into: SpanFieldHalf, from: SpanFieldHalf): void {
  into.documents += from.documents;
  mergeLabelBins(into.tokens, from.tokens);
}
