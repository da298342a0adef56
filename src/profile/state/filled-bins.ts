export type Counts = Uint16Array | Uint32Array | Float64Array;

/** Bins that are asked at once whether one of them is not empty. */
const AT_ONCE = 8;

/**
 * Lists the non-empty ones of the bins [start, end): of labels' histograms few are.
 * @param into room for all of them
 * @returns how many there are
 */
export function filledBins(bins: Counts, start: number, end: number, into: Int32Array): number {
  let count = 0;
  let bin = start;
  // Float64 would lose its upper bits in an `|`.
  for (; !(bins instanceof Float64Array) && bin + AT_ONCE <= end; bin += AT_ONCE) {
    const left = bins[bin]! | bins[bin + 1]! | bins[bin + 2]! | bins[bin + 3]!;
    const right = bins[bin + 4]! | bins[bin + 5]! | bins[bin + 6]! | bins[bin + 7]!;
    if ((left | right) === 0) continue;
    for (let i = bin; i < bin + AT_ONCE; i++) if (bins[i] !== 0) into[count++] = i;
  }
  for (; bin < end; bin++) if (bins[bin] !== 0) into[count++] = bin;
  return count;
}
