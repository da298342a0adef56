import type { NeuronId } from '../../core/neuron-name.js';
import { columnsOf } from '../histogram-blocks.js';
import type { ProfileView } from '../view.js';
import { codeOfCount } from './count-code.js';
import type { NeuronColumns } from './neuron-columns.js';

/** Bins of the page's histograms: equal steps from the smallest value to the largest. */
export const PAGE_BINS = 32;

/**
 * The counts of every neuron's small histogram, as codes: first the first bin
 * of each row, then the second of each … Zeros where a neuron has no finite value.
 */
export function histogramCodes(
  view: ProfileView,
  { min, max }: NeuronColumns,
  rows: number,
  idOf: (row: number) => NeuronId,
): Uint8Array {
  const codes = new Uint8Array(PAGE_BINS * rows);
  const binsOf = view.histogramWalk();
  for (let row = 0; row < rows; row++) {
    const bins = binsOf(idOf(row));
    if (bins.size === 0) continue;
    const { counts } = columnsOf(bins, PAGE_BINS, { min: min[row]!, max: max[row]! });
    for (let bin = 0; bin < PAGE_BINS; bin++) codes[bin * rows + row] = codeOfCount(counts[bin]!);
  }
  return codes;
}
