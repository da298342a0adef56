import type { LabelCounts } from './label-bins.js';
import type { LoggedBins } from './logged-bins.js';

/**
 * Counts a value of each of `width` neurons in its histogram, those without a bin in none.
 * @param first bin 0 of the first neuron; the others' lie `perNeuron` from one another
 * @param at where the neurons' bins begin
 * @param none in place of a bin
 */
export function countBins(
  counts: LabelCounts,
  { first, perNeuron }: { first: number; perNeuron: number },
  bins: LoggedBins,
  { at, width, none }: { at: number; width: number; none: number },
): void {
  for (let j = 0; j < width; j++) {
    const bin = bins[at + j]!;
    if (bin !== none) counts[first + j * perNeuron + bin]!++;
  }
}
