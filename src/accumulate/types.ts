import type { Extremes } from './extremes.js';

/** A document and the labels it has. */
export interface LabelledDocument {
  file: number;
  /** Number of the record in its file. */
  record: number;
  /** Windows that it was cut into. */
  windows: number;
  /** By label field: its labels there, each once; null where the record lacks the field. */
  labels: readonly (readonly string[] | null)[];
  /** Whether its values are wanted by themselves, for the sample (profile/document-sample.ts). */
  isSampled?: boolean;
}

/** What is known of a document's spans in one field: the labels of its tokens; nothing; that it lacks the field. */
export type SpanKnowledge = 'known' | 'unaligned' | 'missing';

/** A document some of whose characters have labels. */
export interface SpannedDocument {
  file: number;
  /** Number of the record in its file. */
  record: number;
  /** Windows that it was cut into. */
  windows: number;
  /** By span field. `unaligned`: it has no text, or its tokens could not be laid along it. */
  fields: readonly SpanKnowledge[];
  /** Labels that it has a span of. */
  labels: readonly SpanLabel[];
}

export interface SpanLabel {
  /** Number of the field among those asked for. */
  field: number;
  label: string;
}

/** Which labels the tokens of a window stand in. */
export interface WindowSpans {
  /** One object for all its windows. */
  document: SpannedDocument;
  /** By position: the entry of `patterns` that holds there. */
  pattern: Int32Array;
  /** Sets of labels, as entries of the document's, ascending; by first appearance. */
  patterns: readonly (readonly number[])[];
  /** Positions of the token sample (token-sample.ts), counted or not, ascending. */
  sampled: Int32Array;
}

/** Where a window came from and what stands in it: what the accumulators need to know of it. */
export interface WindowPlace {
  file: number;
  /** Number of the record in its file. */
  record: number;
  /** Number of the window in its document. */
  window: number;
  line: number;
  startByte: number;
  /** The record's own id, if it has one. */
  id: string | null;
  /** What `--distinct text` tells texts by: sha256 of the record's text, hex; '' otherwise. */
  textKey: string;
  /** Where labels were asked for: the window's document, one object for all its windows. */
  labelled?: LabelledDocument | undefined;
  /** Where labels of spans were asked for. */
  spans?: WindowSpans | undefined;
  /** The sequence as fed. */
  ids: Int32Array;
  /** Place of each position in the document's ids without special tokens; −1 for those. */
  tokenIndex: Int32Array;
  /** The document's id before the window's first one; NO_TOKEN in its first window. */
  before?: number | undefined;
  /** First and one-past-last code point of the token at a position; null where not derivable. */
  span(position: number): [number, number] | null;
}

/** The examples of one side of one layer, ranked; entry i of every array is one example. */
export interface RankedExamples {
  /** Examples lie sorted by neuron, then rank: neuron j's are [start[j], start[j + 1]). */
  start: Int32Array;
  value: Float32Array;
  file: Int32Array;
  record: Int32Array;
  line: Float64Array;
  startByte: Float64Array;
  id: (string | null)[];
  window: Int32Array;
  position: Int32Array;
  /** −1 where the position holds a special token. */
  tokenIndex: Int32Array;
  tokenId: Int32Array;
  /** −1 where spans cannot be derived. */
  charStart: Int32Array;
  charEnd: Int32Array;
  /** Position in the sequence of the first context token. */
  contextStart: Int32Array;
  contextLength: Int32Array;
  /** `width` entries an example, of which `contextLength` count. */
  width: number;
  contextIds: Int32Array;
  contextActivations: Float32Array;
}

/** The quantiles of a profile's rows. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** The figures of one layer; entry j belongs to its j-th kept neuron. NaN stands for null. */
export interface LayerFigures {
  /** Column of the neuron in the layer's activation. */
  neuron: Int32Array;
  /** Counted tokens, the same for each neuron. */
  count: number;
  zero: Float64Array;
  positive: Float64Array;
  active: Float64Array;
  nan: Float64Array;
  /** +Inf and −Inf together. */
  inf: Float64Array;
  /** active / finite. */
  activeRate: Float64Array;
  /** 1 where no finite token was active, and there was a finite one. */
  dead: Uint8Array;
  mean: Float64Array;
  variance: Float64Array;
  std: Float64Array;
  skewness: Float64Array;
  /** Excess kurtosis. */
  kurtosis: Float64Array;
  min: Extremes;
  max: Extremes;
  /** One array a quantile of QUANTILES. */
  quantiles: Float64Array[];
  nearZero: Float64Array;
  clampedLow: Float64Array;
  clampedHigh: Float64Array;
}

/** Non-empty histogram bins of one layer, by neuron, then ascending. */
export interface HistogramRows {
  neuron: Int32Array;
  /** Bin edges: [lower, upper) for positive bins, (lower, upper] for negative ones. */
  lower: Float64Array;
  upper: Float64Array;
  count: Float64Array;
}
