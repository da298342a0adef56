import type { SketchRange } from './bin-of.js';
import { conceptBinCount } from './concept-bins.js';
import { labelBins, type LabelBins } from './label-bins.js';
import type { PendingSpans } from './span-sums.js';
import { DIGITS } from './superaccumulator.js';
import { zeros } from './zeros.js';

export interface SpanSettings {
  sketchRange: SketchRange;
  /** Chooses the halves, and the sample of tokens: a whole number of 32 bits. */
  seed: number;
}

/**
 * What neurons do within the spans of a label and outside of them. A document gives one value a label and neuron: the
 * mean of its finite counted tokens inside the label's spans less that of those outside.
 */
export interface Spans {
  settings: SpanSettings;
  neurons: number;
  /** By number of the field. */
  fields: Map<number, SpanField>;
  /** By `labelKey`. */
  labels: Map<string, SpanSet>;
  /** Documents some of whose windows are still to come, by file and record. Empty between two blocks. */
  pending: Map<string, PendingSpans>;
}

/** Documents that have a field. */
export interface SpanField {
  field: number;
  /** Documents of which it is not known which tokens stand in its spans: they count for nothing else. */
  unaligned: number;
  /** By the half that documents belong to (document-half.ts). */
  halves: [SpanFieldHalf, SpanFieldHalf];
}

export interface SpanFieldHalf {
  /** The same for every neuron. */
  documents: number;
  /** Finite activations of the token sample. */
  tokens: LabelBins;
}

/** Documents that have a span of a label. */
export interface SpanSet {
  field: number;
  label: string;
  halves: [SpanHalf, SpanHalf];
}

export interface SpanHalf extends SpanFieldHalf {
  /** Of `documents`: those with no counted token inside; with some, and none outside. Neither gives a value. */
  noInside: number;
  noOutside: number;
  /** Exact Σd and Σd² of neuron j, one after another from j · SPAN_DIGITS, each d² rounded to float64. */
  sums: Uint32Array;
  /** Differences; `tokens` has the sample's tokens inside. */
  bins: LabelBins;
}

/** Digits of Σd and Σd², and how many bits of each lie below the point; what of a d lies lower still is cut off. */
export const SPAN_SUMS = [
  { digits: DIGITS[0], unit: 149 },
  { digits: DIGITS[1], unit: 298 },
] as const;
export const SPAN_DIGITS = SPAN_SUMS[0].digits + SPAN_SUMS[1].digits;

/** Bytes that a label takes for each neuron, and a field, at most: with more than 65,535 values in each histogram. */
export function spanSetBytes(range: SketchRange): { label: number; field: number } {
  const bins = conceptBinCount(range);
  return { label: 2 * 4 * (SPAN_DIGITS + 2 * bins), field: 2 * 4 * bins };
}

/** In the order of fields, then by label in code units. */
export function sortedSpanSets({ labels }: Spans): SpanSet[] {
  return [...labels.values()].sort((a, b) => a.field - b.field || (a.label < b.label ? -1 : 1));
}

/** The field's documents; made where there are none. */
export function spanFieldOf(spans: Spans, field: number): SpanField {
  let found = spans.fields.get(field);
  if (found === undefined) {
    const half = (): SpanFieldHalf => ({ documents: 0, tokens: binsOf(spans) });
    found = { field, unaligned: 0, halves: [half(), half()] };
    spans.fields.set(field, found);
  }
  return found;
}

/** The label's documents; made where there are none. */
export function spanSetOf(spans: Spans, field: number, label: string): SpanSet {
  const key = `${field} ${label}`;
  let set = spans.labels.get(key);
  if (set === undefined) {
    const half = (): SpanHalf => ({
      ...{ documents: 0, noInside: 0, noOutside: 0 },
      tokens: binsOf(spans),
      sums: zeros(spans.neurons * SPAN_DIGITS),
      bins: binsOf(spans),
    });
    set = { field, label, halves: [half(), half()] };
    spans.labels.set(key, set);
  }
  return set;
}

function binsOf({ neurons, settings }: Spans): LabelBins {
  return labelBins(neurons, settings.sketchRange);
}
