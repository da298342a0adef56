import type { SketchRange } from '../../accumulate/bin-of.js';
import { bestF1, countBins } from './best-f1.js';
import { columnBins } from './column-bins.js';
import type { ShuffledLabel, Statistic } from './statistic.js';

/** A neuron's documents of half 0 by bin; those of the other half lie in one behind the last. */
interface Column {
  bin: Uint16Array;
  counts: Float64Array;
  /** Those that have the label, and room for the other half. */
  positive: Float64Array;
}

/** `f1_chosen`: F1 of the best threshold on the documents of half 0, by which concepts are ranked. */
export class F1Statistic implements Statistic {
  private readonly range: SketchRange;
  private readonly halves: Uint8Array;
  private columns: Column[] = [];

  constructor(range: SketchRange, halves: Uint8Array) {
    this.range = range;
    this.halves = halves;
  }

  prepare(columns: readonly Float32Array[]): void {
    this.columns = columns.map((column) => {
      const { bin, counts } = columnBins(column, this.range, (row) => this.halves[row] === 0);
      return { bin, counts: Float64Array.from(counts), positive: new Float64Array(counts.length + 1) };
    });
  }

  of({ rows }: ShuffledLabel, orders: Uint16Array, offset: number, out: Float64Array): void {
    for (let t = 0; t < this.columns.length; t++) {
      const { bin, counts, positive } = this.columns[t]!;
      countBins(bin, rows, orders, offset, positive);
      out[t] = bestF1(positive, counts);
    }
  }
}
