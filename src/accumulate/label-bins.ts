import { conceptBinCount } from './concept-bins.js';
import type { SketchRange } from './bin-of.js';
import { zeros16 } from './zeros.js';

/** The histograms of a layer's neurons under one label. */
export interface LabelBins {
  /** Neuron j's bins (concept-bins.ts) lie from j · conceptBinCount. They have 16 bits until they may need 32. */
  counts: LabelCounts;
  /** What no count can exceed: of how many values each neuron had one at most. */
  bound: number;
}

export type LabelCounts = Uint16Array | Uint32Array;

/** Most that 16 bits hold. */
const NARROW = 2 ** 16 - 1;

export function labelBins(neurons: number, range: SketchRange): LabelBins {
  return { counts: zeros16(neurons * conceptBinCount(range)), bound: 0 };
}

/**
 * Makes room for so many values more of each neuron.
 * @returns the counts to add to
 */
export function widenFor(bins: LabelBins, values: number): LabelCounts {
  bins.bound += values;
  if (bins.bound > NARROW && bins.counts instanceof Uint16Array) bins.counts = Uint32Array.from(bins.counts);
  return bins.counts;
}

export function mergeLabelBins(into: LabelBins, from: LabelBins): void {
  const [sum, part] = [widenFor(into, from.bound), from.counts];
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}
