import { bestThreshold, judge } from '../concepts/threshold.js';
import { edgeOf, LEAST_DOCUMENTS } from '../concepts/pair-figures.js';
import type { Sums } from '../concepts/effect-size.js';
import { pairedEffect } from './paired-effect.js';
import type { SpanValues } from './span-values.js';
import { wilcoxon } from './wilcoxon.js';

/** What a neuron does within a label's spans; NaN stands for what is not known. */
export interface SpanFigures {
  meanDifference: number;
  dz: number;
  rankBiserial: number;
  p: number;
  /** Of tokens, on the half that the threshold was chosen on. */
  f1Chosen: number;
  /** On the other half. */
  f1: number;
  precision: number;
  recall: number;
  threshold: number;
  /** Which activations are taken for the label; null where there is no threshold. */
  above: boolean | null;
}

/**
 * @param edges of each bin
 * @param tested false of a label that has too few documents: then the mean only
 */
export function spanFigures(
  { halves, differences, sums }: SpanValues,
  edges: readonly (readonly [lower: number, upper: number])[],
  tested: boolean,
): SpanFigures {
  const figures = untested(sums);
  // A neuron may have fewer values than there are documents: some may have nothing finite.
  if (!tested || halves.some(({ values }) => values < LEAST_DOCUMENTS)) return figures;
  const { p, rankBiserial } = wilcoxon(differences);
  const known = { ...figures, dz: pairedEffect(sums), rankBiserial, p };
  const [choosing, judging] = halves;
  // The sample may have no token of a rare label.
  const some = halves.every(({ inside, outside }) => inside.some(isSome) && outside.some(isSome));
  if (!some) return known;
  const rule = bestThreshold(choosing.inside, choosing.outside);
  return {
    ...known,
    f1Chosen: rule.f1,
    ...judge(judging.inside, judging.outside, rule),
    threshold: edgeOf(rule, edges),
    above: rule.above,
  };
}

function isSome(count: number): boolean {
  return count > 0;
}

function untested({ n, sum }: Sums): SpanFigures {
  return {
    meanDifference: sum / n + 0,
    ...{ dz: NaN, rankBiserial: NaN, p: NaN },
    ...{ f1Chosen: NaN, f1: NaN, precision: NaN, recall: NaN, threshold: NaN, above: null },
  };
}
