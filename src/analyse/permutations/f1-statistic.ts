import type { SketchRange } from '../../accumulate/bin-of.js';
import { bestThreshold } from '../concepts/threshold.js';
import { columnBins, type ColumnBins } from './column-bins.js';
import type { ShuffledLabel, Statistic } from './statistic.js';

/** `f1_chosen`: F1 of the best threshold on the documents of half 0, by which concepts are ranked. */
export class F1Statistic implements Statistic {
  private readonly range: SketchRange;
  private readonly halves: Uint8Array;
  private columns: (ColumnBins & { positive: Float64Array; negative: Float64Array })[] = [];

  constructor(range: SketchRange, halves: Uint8Array) {
    this.range = range;
    this.halves = halves;
  }

  prepare(columns: readonly Float32Array[]): void {
    this.columns = columns.map((column) => {
      const bins = columnBins(column, this.range, (row) => this.halves[row] === 0);
      // One more for the documents of the other half.
      const values = () => new Float64Array(bins.counts.length + 1);
      return { ...bins, positive: values(), negative: values() };
    });
  }

  of({ rows }: ShuffledLabel, orders: Uint16Array, offset: number, out: Float64Array): void {
    for (const [t, { bin, counts, positive, negative }] of this.columns.entries()) {
      positive.fill(0);
      for (let k = 0; k < rows.length; k++) positive[bin[orders[offset + rows[k]!]!]!]!++;
      positive[counts.length] = 0;
      let [positives, negatives] = [0, 0];
      for (let b = 0; b < counts.length; b++) {
        negative[b] = counts[b]! - positive[b]!;
        positives += positive[b]!;
        negatives += negative[b]!;
      }
      out[t] = positives === 0 || negatives === 0 ? 0 : bestThreshold(positive, negative).f1;
    }
  }
}
