/**
 * How many documents that a shuffle gives a label lie in each bin.
 * @param bin of each document
 * @param rows documents that have the label
 * @param orders shuffles (shuffles.ts), of which one begins at `offset`
 * @param positive is set to the counts
 */
export function countBins(
  bin: Uint16Array,
  rows: Uint16Array,
  orders: Uint16Array,
  offset: number,
  positive: Float64Array,
): void {
  positive.fill(0);
  const count = rows.length;
  for (let k = 0; k < count; k++) positive[bin[orders[offset + rows[k]!]!]!]!++;
}

/**
 * F1 of the rule that `bestThreshold` (concepts/threshold.ts) finds, which is the definition; 0 where one kind is missing.
 * @param positive values with the label, by bin, ascending
 * @param counts all values; at least one a bin
 */
export function bestF1(positive: Float64Array, counts: Float64Array): number {
  const bins = counts.length;
  let positives = 0;
  let below = 0; // values without the label
  let wins = 0; // of values with the label over those, twice: a tie is one half
  for (let b = 0; b < bins; b++) {
    const has = positive[b]!;
    const lacks = counts[b]! - has;
    wins += has * (2 * below + lacks);
    below += lacks;
    positives += has;
  }
  if (positives === 0 || below === 0) return 0;
  const isAbove = wins >= positives * below; // an area of ½ or more
  let hits = 0;
  let taken = 0;
  let best = 0;
  for (let i = 0; i < bins; i++) {
    const b = isAbove ? bins - 1 - i : i;
    hits += positive[b]!;
    taken += counts[b]!;
    const f1 = (2 * hits) / (positives + taken);
    if (f1 > best) best = f1;
  }
  return best;
}
