import { auroc } from './auroc.js';

/** A rule that says of a value whether its document has the label. */
export interface Threshold {
  /** Whether it is the larger values that have it. */
  above: boolean;
  /** The last bin that is taken for the label: all above it are too, or all below. */
  bin: number;
}

export interface Verdict {
  /** 2TP / (2TP + FP + FN): van Rijsbergen, "Information Retrieval", 1979, ch. 7. */
  f1: number;
  /** TP / (TP + FP); NaN where nothing is taken for the label. */
  precision: number;
  /** TP / (TP + FN). */
  recall: number;
}

/**
 * The rule of highest F1; of equal ones the one that takes the fewest. Its direction is that of the area under the ROC
 * curve: above where that is ½ or more.
 * @param positive values with the label, by bin, ascending; at least one
 * @param negative values without it; at least one
 */
export function bestThreshold(
  positive: ArrayLike<number>,
  negative: ArrayLike<number>,
): Threshold & { f1: number } {
  const above = auroc(positive, negative).area >= 0.5;
  const bins = positive.length;
  const positives = total(positive);
  let [tp, fp] = [0, 0];
  let best = { above, bin: above ? bins - 1 : 0, f1: -1 };
  for (let i = 0; i < bins; i++) {
    const bin = above ? bins - 1 - i : i;
    if (positive[bin] === 0 && negative[bin] === 0) continue;
    tp += positive[bin]!;
    fp += negative[bin]!;
    const f1 = (2 * tp) / (positives + tp + fp);
    if (f1 > best.f1) best = { above, bin, f1 };
  }
  return best;
}

/** How a rule does on other documents, given as for `bestThreshold`. */
export function judge(
  positive: ArrayLike<number>,
  negative: ArrayLike<number>,
  { above, bin }: Threshold,
): Verdict {
  let [tp, fp] = [0, 0];
  for (let i = above ? bin : 0; i <= (above ? positive.length - 1 : bin); i++) {
    tp += positive[i]!;
    fp += negative[i]!;
  }
  const positives = total(positive);
  return { f1: (2 * tp) / (positives + tp + fp), precision: tp / (tp + fp), recall: tp / positives };
}

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i]!;
  return sum;
}
