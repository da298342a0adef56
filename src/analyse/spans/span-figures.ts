import { heldOut, NO_THRESHOLD, type BinEdges, type HeldOut } from '../concepts/held-out.js';
import { LEAST_DOCUMENTS } from '../concepts/pair-figures.js';
import type { Sums } from '../concepts/effect-size.js';
import { pairedEffect } from './paired-effect.js';
import type { SpanValues } from './span-values.js';
import { wilcoxon } from './wilcoxon.js';

/** What a neuron does within a label's spans, its threshold that of tokens; NaN stands for what is not known. */
export interface SpanFigures extends HeldOut {
  meanDifference: number;
  dz: number;
  rankBiserial: number;
  p: number;
}

/**
 * @param edges of each bin
 * @param tested false of a label that has too few documents: then the mean only
 */
export function spanFigures(
  { halves, differences, sums }: SpanValues,
  edges: BinEdges,
  tested: boolean,
): SpanFigures {
  const figures = untested(sums);
  // A neuron may have fewer values than there are documents: some may have nothing finite.
  if (!tested || halves.some(({ values }) => values < LEAST_DOCUMENTS)) return figures;
  const { p, rankBiserial } = wilcoxon(differences);
  const known = { ...figures, dz: pairedEffect(sums), rankBiserial, p };
  // The sample may have no token of a rare label.
  const some = halves.every(({ inside, outside }) => inside.some(isSome) && outside.some(isSome));
  if (!some) return known;
  const [choosing, judging] = halves.map(({ inside, outside }) => ({ positive: inside, negative: outside }));
  return { ...known, ...heldOut(choosing!, judging!, edges) };
}

function isSome(count: number): boolean {
  return count > 0;
}

function untested({ n, sum }: Sums): SpanFigures {
  return {
    meanDifference: sum / n + 0,
    ...{ dz: NaN, rankBiserial: NaN, p: NaN },
    ...NO_THRESHOLD,
  };
}
