/** A bin of a histogram: `count` values from `lower` to `upper`. */
export interface CountedBin {
  lower: number;
  upper: number;
  count: number;
}

/**
 * The positive part of a histogram in bars of one width from 0 to `max`: what a bin holds is spread evenly
 * between its edges (those of the outermost bin that are beyond `max`, up to that), so heights need not be whole.
 * @returns the middle of each bar, ascending, and the values in it; none where nothing is above 0
 */
export function evenBars(
  bins: readonly CountedBin[],
  max: number,
  bars: number,
): { values: number[]; heights: number[] } {
  if (!(max > 0)) return { values: [], heights: [] };
  const width = max / bars;
  const heights = new Array<number>(bars).fill(0);
  for (const { lower, upper, count } of bins) {
    if (lower < 0 || lower >= max) {
      // The last bin may begin at the largest value itself.
      if (lower >= max) heights[bars - 1]! += count;
      continue;
    }
    const end = Math.min(upper, max);
    for (let bar = Math.floor(lower / width); bar < bars && bar * width < end; bar++) {
      const overlap = Math.min(end, (bar + 1) * width) - Math.max(lower, bar * width);
      if (overlap > 0) heights[bar]! += (count * overlap) / (end - lower);
    }
  }
  return { values: heights.map((_, bar) => (bar + 0.5) * width), heights };
}
