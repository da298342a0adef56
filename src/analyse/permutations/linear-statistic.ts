import type { SketchRange } from '../../accumulate/bin-of.js';
import type { ConceptSort } from '../../profile/read/concepts.js';
import { columnBins } from './column-bins.js';
import type { ShuffledLabel, Statistic } from './statistic.js';
import { sumScores, TILE } from './sum-scores.js';

/** A statistic that is a function of one sum: of what each document with the label scores. */
export interface Linear {
  /**
   * What each document scores with this neuron: multiples of one power of two, so that sums are exact in any order, and
   * labels that are equal but for their order give equal statistics.
   * @returns also what `value` wants to know of the neuron; NaN where it has no such figure
   */
  scores(column: Float32Array): { scores: Float64Array; known: number };
  /** @param sum of the scores of the documents that have the label */
  value(sum: number, label: { has: number; lacks: number }, known: number): number;
}

/** Sums of scores, a tile of neurons at a time. */
export class LinearStatistic implements Statistic {
  private readonly linear: Linear;
  private readonly scores: Float64Array;
  private known: number[] = [];

  /** @param rows documents */
  constructor(linear: Linear, rows: number) {
    this.linear = linear;
    this.scores = new Float64Array(rows * TILE);
  }

  prepare(columns: readonly Float32Array[]): void {
    this.known = columns.map((column, t) => {
      const { scores, known } = this.linear.scores(column);
      for (let row = 0; row < scores.length; row++) this.scores[row * TILE + t] = scores[row]!;
      return known;
    });
  }

  of({ rows, others }: ShuffledLabel, orders: Uint16Array, offset: number, out: Float64Array): void {
    const { known, linear } = this;
    sumScores(this.scores, rows, orders, offset, out);
    const label = { has: rows.length, lacks: others };
    for (let t = 0; t < known.length; t++) {
      out[t] = known[t] === known[t] ? linear.value(out[t]!, label, known[t]!) : NaN;
    }
  }
}

export const LINEAR_STATISTICS: Readonly<Record<Exclude<ConceptSort, 'f1'>, (range: SketchRange) => Linear>> =
  {
    auroc: (range) => ({
      scores: (column) => midranks(column, range),
      // Halved before it is divided: equally far above and below ½ must be equal to the last bit.
      value: (sum, { has, lacks }) => (winsOf(sum, has) - (has * lacks) / 2) / (has * lacks),
    }),
    p: (range) => ({ scores: (column) => midranks(column, range), value: mannWhitneyZ }),
    r: () => ({ scores: standardised, value: pointBiserial }),
    d: () => ({
      scores: standardised,
      value: (sum, label) => {
        const r = pointBiserial(sum, label);
        const { has, lacks } = label;
        const n = has + lacks;
        // Cohen's d is a function of r where the sizes of the groups are given: Σ of squares within is 1 − r² of that of all.
        return (r / Math.sqrt(1 - r * r)) * Math.sqrt((n * (n - 2)) / (has * lacks));
      },
    }),
  };

/** Mean rank of each value's bin, from 1, and Σ t³ − t over the bins. */
function midranks(column: Float32Array, range: SketchRange): { scores: Float64Array; known: number } {
  const { bin, counts } = columnBins(column, range);
  let below = 0;
  let tied = 0;
  const ranks = counts.map((count) => {
    const rank = below + (count + 1) / 2;
    below += count;
    tied += count * (count * count - 1);
    return rank;
  });
  return { scores: Float64Array.from(bin, (b) => ranks[b]!), known: tied };
}

/** Mann and Whitney's U of their ranks' sum: pairs in which the document with the label has the larger value. */
function winsOf(ranks: number, has: number): number {
  return ranks - (has * (has + 1)) / 2;
}

/** The z of the Mann–Whitney test with corrections for ties and continuity, as in concepts/mann-whitney.ts. */
function mannWhitneyZ(ranks: number, { has, lacks }: { has: number; lacks: number }, tied: number): number {
  const n = has + lacks;
  const more = winsOf(ranks, has) - (has * lacks) / 2;
  const variance = ((has * lacks) / 12) * (n + 1 - tied / (n * (n - 1)));
  const size = Math.max(0, Math.abs(more) - 0.5);
  return variance <= 0 ? 0 : (Math.sign(more) * size) / Math.sqrt(variance);
}

/** Scores are whole multiples of 2^−40. Sums of up to 2^16 of them are below 2^8, as the squares' sum is 1: exact in float64. */
const UNIT = 2 ** 40;

/** Deviations from the mean, of which the squares' sum is 1. */
function standardised(column: Float32Array): { scores: Float64Array; known: number } {
  const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
  let squares = 0;
  for (const x of column) squares += (x - mean) ** 2;
  const unit = UNIT / Math.sqrt(squares);
  const scores = Float64Array.from(column, (x) => Math.round((x - mean) * unit) / UNIT);
  return { scores, known: squares > 0 ? 0 : NaN };
}

/** r from the sum of standardised values, as in concepts/effect-size.ts. */
function pointBiserial(sum: number, { has, lacks }: { has: number; lacks: number }): number {
  const r = sum * Math.sqrt((has + lacks) / (has * lacks));
  return Math.max(-1, Math.min(1, r));
}
