import { conceptBinCount } from '../../accumulate/concept-bins.js';
import { SUM_DIGITS, SUMS, type Concepts, type ConceptSet } from '../../accumulate/concept-state.js';
import { addNumber, roundToNumber, subtractNumber } from '../../accumulate/superaccumulator.js';
import type { Sums } from './effect-size.js';

/** Values by bin, ascending: of documents with a label, and of those that have its field and not the label. */
export interface BinnedPair {
  positive: Float64Array;
  negative: Float64Array;
  /** Values of each. */
  positives: number;
  negatives: number;
}

/** What a neuron does on documents with a label and without. */
export interface PairValues {
  halves: [BinnedPair, BinnedPair];
  both: BinnedPair;
  positive: Sums;
  negative: Sums;
  all: Sums;
}

/** Reads pairs of label and neuron; the arrays that it hands out are the same at each call. */
export class PairReader {
  private readonly bins: number;
  private readonly values: PairValues;
  private readonly digits = {
    positive: new Uint32Array(SUM_DIGITS),
    negative: new Uint32Array(SUM_DIGITS),
    all: new Uint32Array(SUM_DIGITS),
  };

  constructor({ settings }: Concepts) {
    this.bins = conceptBinCount(settings.sketchRange);
    const pair = (): BinnedPair => ({
      positive: new Float64Array(this.bins),
      negative: new Float64Array(this.bins),
      positives: 0,
      negatives: 0,
    });
    const none = { n: 0, sum: 0, squares: 0 };
    this.values = { halves: [pair(), pair()], both: pair(), positive: none, negative: none, all: none };
  }

  /**
   * What is without the label is what has the field less what has the label: counts and sums are exact, so nothing is lost.
   * @param field the set of all documents that have the label's field
   */
  read(label: ConceptSet, field: ConceptSet, neuron: number): PairValues {
    const { values } = this;
    for (const half of [0, 1] as const) this.readHalf(values.halves[half], label, field, half, neuron);
    const [first, second] = values.halves;
    const { both } = values;
    for (let bin = 0; bin < this.bins; bin++) {
      both.positive[bin] = first.positive[bin]! + second.positive[bin]!;
      both.negative[bin] = first.negative[bin]! + second.negative[bin]!;
    }
    both.positives = first.positives + second.positives;
    both.negatives = first.negatives + second.negatives;
    this.readSums(label, field, neuron);
    return values;
  }

  private readHalf(
    into: BinnedPair,
    label: ConceptSet,
    field: ConceptSet,
    half: 0 | 1,
    neuron: number,
  ): void {
    const [ofLabel, ofField] = [label.halves[half], field.halves[half]];
    const [counts, all] = [ofLabel.bins.counts, ofField.bins.counts];
    const at = neuron * this.bins;
    for (let bin = 0; bin < this.bins; bin++) {
      into.positive[bin] = counts[at + bin]!;
      into.negative[bin] = all[at + bin]! - counts[at + bin]!;
    }
    into.positives = ofLabel.values[neuron]!;
    into.negatives = ofField.values[neuron]! - into.positives;
  }

  private readSums(label: ConceptSet, field: ConceptSet, neuron: number): void {
    const { positive, negative, all } = this.digits;
    const { both } = this.values;
    addHalves(positive, label, neuron);
    addHalves(all, field, neuron);
    negative.set(all);
    let at = 0;
    for (const { digits } of SUMS) {
      subtractNumber(negative, at, positive, at, digits);
      at += digits;
    }
    this.values.positive = rounded(positive, both.positives);
    this.values.negative = rounded(negative, both.negatives);
    this.values.all = rounded(all, both.positives + both.negatives);
  }
}

function addHalves(into: Uint32Array, { halves }: ConceptSet, neuron: number): void {
  into.fill(0);
  for (const { sums } of halves) {
    let at = 0;
    for (const { digits } of SUMS) {
      addNumber(into, at, sums, neuron * SUM_DIGITS + at, digits);
      at += digits;
    }
  }
}

function rounded(number: Uint32Array, n: number): Sums {
  const [sum, squares] = SUMS;
  return {
    n,
    sum: roundToNumber(number, 0, sum.digits, sum.unit),
    squares: roundToNumber(number, sum.digits, squares.digits, squares.unit),
  };
}
