import { conceptBinCount } from '../../accumulate/concept-bins.js';
import {
  SPAN_DIGITS,
  SPAN_SUMS,
  type SpanField,
  type Spans,
  type SpanSet,
} from '../../accumulate/span-state.js';
import { addNumber, roundToNumber } from '../../accumulate/superaccumulator.js';
import type { Sums } from '../concepts/effect-size.js';

/** What a neuron does within a label's spans and outside of them. */
export interface SpanValues {
  halves: [SpanHalfValues, SpanHalfValues];
  /** Documents by the bin of their difference, ascending, of both halves. */
  differences: Float64Array;
  /** Of the differences. */
  sums: Sums;
}

export interface SpanHalfValues {
  /** Documents that have a difference. */
  values: number;
  /** Sampled tokens by bin, ascending. */
  inside: Float64Array;
  outside: Float64Array;
}

/** Reads pairs of label and neuron; the arrays that it hands out are the same at each call. */
export class SpanReader {
  private readonly bins: number;
  private readonly halves: [SpanHalfValues, SpanHalfValues];
  private readonly differences: Float64Array;
  private readonly digits = new Uint32Array(SPAN_DIGITS);

  constructor({ settings }: Spans) {
    this.bins = conceptBinCount(settings.sketchRange);
    const half = (): SpanHalfValues => ({
      values: 0,
      inside: new Float64Array(this.bins),
      outside: new Float64Array(this.bins),
    });
    this.halves = [half(), half()];
    this.differences = new Float64Array(this.bins);
  }

  /** @param field of the label: outside is what has the field and is not inside */
  read(label: SpanSet, field: SpanField, neuron: number): SpanValues {
    const { bins, halves, differences } = this;
    differences.fill(0);
    this.digits.fill(0);
    for (const [i, half] of halves.entries()) {
      const [ofLabel, ofField] = [label.halves[i]!, field.halves[i]!];
      const [counts, inside, all] = [ofLabel.bins.counts, ofLabel.tokens.counts, ofField.tokens.counts];
      half.values = 0;
      for (let bin = 0, at = neuron * bins; bin < bins; bin++, at++) {
        half.values += counts[at]!;
        differences[bin]! += counts[at]!;
        half.inside[bin] = inside[at]!;
        half.outside[bin] = all[at]! - inside[at]!;
      }
      let at = 0;
      for (const { digits } of SPAN_SUMS) {
        addNumber(this.digits, at, ofLabel.sums, neuron * SPAN_DIGITS + at, digits);
        at += digits;
      }
    }
    const [sum, squares] = SPAN_SUMS;
    return {
      halves,
      differences,
      sums: {
        n: halves[0].values + halves[1].values,
        sum: roundToNumber(this.digits, 0, sum.digits, sum.unit),
        squares: roundToNumber(this.digits, sum.digits, squares.digits, squares.unit),
      },
    };
  }
}
