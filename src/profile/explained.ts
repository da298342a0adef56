import type { ExplainKind } from '../accumulate/explain-kinds.js';

/** Classes of a kind that are written of a neuron, those that carry most. */
export const CARRIERS = 10;

/** What a neuron can be named for (docs/explained.md); the dictionary of `explained_by`. */
export const EXPLAINED_BY = ['', 'token', 'tokens', 'previous', 'n-gram', 'position'] as const;
export type ExplainedBy = (typeof EXPLAINED_BY)[number];

/** What a layer's tokens and positions explain; entry j belongs to its j-th kept neuron. NaN stands for null. */
export interface ExplainedLayer {
  /** In the order of EXPLAIN_KINDS. */
  kinds: KindFigures[];
  /** Entries of EXPLAINED_BY. */
  explainedBy: Int32Array;
}

export interface KindFigures {
  kind: ExplainKind;
  /** Share of the variance between classes. */
  eta2: Float64Array;
  /** The same without what chance gives. */
  epsilon2: Float64Array;
  carriers: Carriers;
}

/** The classes that carry most of what lies between classes, most first: rank r of neuron j is entry j · CARRIERS + r. */
export interface Carriers {
  /** How many each neuron has. */
  held: Int32Array;
  class: Int32Array;
  count: Float64Array;
  mean: Float64Array;
  /** Of what lies between classes. */
  share: Float64Array;
}
