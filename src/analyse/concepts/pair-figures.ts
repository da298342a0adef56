import { auroc } from './auroc.js';
import { cohensD, pointBiserial } from './effect-size.js';
import { mannWhitneyP } from './mann-whitney.js';
import type { PairValues } from './pair-values.js';
import { bestThreshold, judge } from './threshold.js';

/** Documents with a label, and without it, that each half must have for the label to be tested. */
export const LEAST_DOCUMENTS = 20;

/** How well a neuron tells a label; NaN stands for what is not known. */
export interface PairFigures {
  meanWith: number;
  meanWithout: number;
  d: number;
  r: number;
  auroc: number;
  aurocBound: number;
  p: number;
  /** F1 on the half that the threshold was chosen on. */
  f1Chosen: number;
  /** On the other half. */
  f1: number;
  precision: number;
  recall: number;
  threshold: number;
  /** Which values are taken for the label; null where there is no threshold. */
  above: boolean | null;
}

/**
 * @param edges of each bin
 * @param tested false of a label that has too few documents: then means only
 */
export function pairFigures(
  values: PairValues,
  edges: readonly (readonly [lower: number, upper: number])[],
  tested: boolean,
): PairFigures {
  const { halves, both, positive, negative, all } = values;
  const figures = untested(positive.sum / positive.n + 0, negative.sum / negative.n + 0);
  // A neuron may have fewer values than there are documents: some may have nothing finite.
  const enough = halves.every(
    ({ positives, negatives }) => Math.min(positives, negatives) >= LEAST_DOCUMENTS,
  );
  if (!tested || !enough) return figures;
  const [choosing, judging] = halves;
  const rule = bestThreshold(choosing.positive, choosing.negative);
  const { area, bound } = auroc(both.positive, both.negative);
  return {
    ...figures,
    d: cohensD(positive, negative),
    r: pointBiserial(positive, negative, all),
    auroc: area,
    aurocBound: bound,
    p: mannWhitneyP(both.positive, both.negative),
    f1Chosen: rule.f1,
    ...judge(judging.positive, judging.negative, rule),
    threshold: edgeOf(rule, edges),
    above: rule.above,
  };
}

/** The outermost bins hold all that is beyond them too. */
export function edgeOf(
  { above, bin }: { above: boolean; bin: number },
  edges: readonly (readonly [lower: number, upper: number])[],
): number {
  if (above) return bin === 0 ? -Infinity : edges[bin]![0];
  return bin === edges.length - 1 ? Infinity : edges[bin]![1];
}

function untested(meanWith: number, meanWithout: number): PairFigures {
  return {
    meanWith,
    meanWithout,
    ...{ d: NaN, r: NaN, auroc: NaN, aurocBound: NaN, p: NaN },
    ...{ f1Chosen: NaN, f1: NaN, precision: NaN, recall: NaN, threshold: NaN, above: null },
  };
}
