import type { SketchRange } from '../../accumulate/bin-of.js';
import { conceptBinCount, conceptBinOfBits } from '../../accumulate/concept-bins.js';

/** The bins that a neuron's values lie in, as `concepts.arrow` bins them; bins that none lies in are left out. */
export interface ColumnBins {
  /** Of each value, ascending with it, from 0. */
  bin: Uint16Array;
  /** Values in each bin. */
  counts: number[];
}

/** @param counted whether a value is to be binned; the others get the bin behind the last */
export function columnBins(
  column: Float32Array,
  range: SketchRange,
  counted: (row: number) => boolean = () => true,
): ColumnBins {
  const bits = new Uint32Array(column.buffer, column.byteOffset, column.length);
  const all = new Uint32Array(conceptBinCount(range));
  const bin = Uint16Array.from(bits, (word) => conceptBinOfBits(word, range));
  for (let row = 0; row < bin.length; row++) if (counted(row)) all[bin[row]!]!++;
  const entry = new Int32Array(all.length);
  const counts: number[] = [];
  for (const [b, count] of all.entries()) if (count > 0) entry[b] = counts.push(count) - 1;
  for (let row = 0; row < bin.length; row++) bin[row] = counted(row) ? entry[bin[row]!]! : counts.length;
  return { bin, counts };
}
