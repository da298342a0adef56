import { bestThreshold, judge, type Threshold, type Verdict } from './threshold.js';

/** A threshold that one half of the documents chose, and how it does on the other; NaN where there is none. */
export interface HeldOut extends Verdict {
  /** F1 on the half that chose it. */
  f1Chosen: number;
  threshold: number;
  /** Which values are taken for the label; null where there is no threshold. */
  above: boolean | null;
}

/** Edges of each bin. */
export type BinEdges = readonly (readonly [lower: number, upper: number])[];

/** Values of a half, by bin: of each kind one at least. */
interface Half {
  positive: ArrayLike<number>;
  negative: ArrayLike<number>;
}

export const NO_THRESHOLD: Readonly<HeldOut> = {
  ...{ f1Chosen: NaN, f1: NaN, precision: NaN, recall: NaN, threshold: NaN, above: null },
};

/** The best threshold of one half, judged on the other. */
export function heldOut(choosing: Half, judging: Half, edges: BinEdges): HeldOut {
  const rule = bestThreshold(choosing.positive, choosing.negative);
  return {
    f1Chosen: rule.f1,
    ...judge(judging.positive, judging.negative, rule),
    threshold: edgeOf(rule, edges),
    above: rule.above,
  };
}

/** The outermost bins hold all that is beyond them too. */
function edgeOf({ above, bin }: Threshold, edges: BinEdges): number {
  if (above) return bin === 0 ? -Infinity : edges[bin]![0];
  return bin === edges.length - 1 ? Infinity : edges[bin]![1];
}
