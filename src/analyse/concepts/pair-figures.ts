import { auroc } from './auroc.js';
import { cohensD, pointBiserial } from './effect-size.js';
import { heldOut, NO_THRESHOLD, type BinEdges, type HeldOut } from './held-out.js';
import { mannWhitneyP } from './mann-whitney.js';
import type { PairValues } from './pair-values.js';

/** Documents with a label, and without it, that each half must have for the label to be tested. */
export const LEAST_DOCUMENTS = 20;

/** How well a neuron tells a label; NaN stands for what is not known. */
export interface PairFigures extends HeldOut {
  meanWith: number;
  meanWithout: number;
  d: number;
  r: number;
  auroc: number;
  aurocBound: number;
  p: number;
}

/**
 * @param edges of each bin
 * @param tested false of a label that has too few documents: then means only
 */
export function pairFigures(values: PairValues, edges: BinEdges, tested: boolean): PairFigures {
  const { halves, both, positive, negative, all } = values;
  const figures = untested(positive.sum / positive.n + 0, negative.sum / negative.n + 0);
  // A neuron may have fewer values than there are documents: some may have nothing finite.
  const enough = halves.every(
    ({ positives, negatives }) => Math.min(positives, negatives) >= LEAST_DOCUMENTS,
  );
  if (!tested || !enough) return figures;
  const { area, bound } = auroc(both.positive, both.negative);
  return {
    ...figures,
    d: cohensD(positive, negative),
    r: pointBiserial(positive, negative, all),
    auroc: area,
    aurocBound: bound,
    p: mannWhitneyP(both.positive, both.negative),
    ...heldOut(...halves, edges),
  };
}

function untested(meanWith: number, meanWithout: number): PairFigures {
  return {
    meanWith,
    meanWithout,
    ...{ d: NaN, r: NaN, auroc: NaN, aurocBound: NaN, p: NaN },
    ...NO_THRESHOLD,
  };
}
