/** What a label's statistics are beside the largest ones that shuffled labels give. Figures are NaN where there is none. */
export interface LabelNull {
  /** The best neurons, best first; of equals the first in the order of the model. */
  best: {
    /** Number among all neurons, in the order of the model. */
    index: number;
    value: number;
    /** Adjusted for all neurons: (1 + shuffles whose largest statistic is as large) / (1 + shuffles). */
    p: number;
  }[];
  /** What the largest statistic exceeds in 5 % and in 1 % of shuffles at most. */
  quantile_95: number;
  quantile_99: number;
  /** Neurons whose statistic is beyond quantile_95, that is p ≤ 0.05. */
  beyond: number;
}

/** The largest statistic of each shuffle, and the statistic of each neuron. */
export class MaximumNull {
  private readonly observed: Float64Array;
  private readonly maxima: Float64Array;

  constructor(neurons: number, permutations: number) {
    this.observed = new Float64Array(neurons).fill(NaN);
    this.maxima = new Float64Array(permutations);
  }

  /** Neurons that have a statistic. */
  get observedNeurons(): number {
    return this.observed.reduce((count, value) => count + Number(value === value), 0);
  }

  observe(neuron: number, value: number): void {
    this.observed[neuron] = value;
  }

  /** @param values statistics of `count` neurons in a shuffle; NaN: none */
  take(shuffle: number, values: Float64Array, count: number): void {
    let most = this.maxima[shuffle]!;
    for (let t = 0; t < count; t++) {
      const size = Math.abs(values[t]!);
      if (size > most) most = size;
    }
    this.maxima[shuffle] = most;
  }

  /** @param best neurons to name */
  result(best: number): LabelNull {
    const { observed } = this;
    const sorted = this.maxima.slice().sort();
    const quantile_95 = criticalValue(sorted, 5);
    const known = [...observed.keys()].filter((index) => observed[index] === observed[index]);
    known.sort((a, b) => Math.abs(observed[b]!) - Math.abs(observed[a]!) || a - b);
    return {
      best: known.slice(0, best).map((index) => {
        const value = observed[index]!;
        return { index, value, p: adjustedP(sorted, Math.abs(value)) };
      }),
      quantile_95,
      quantile_99: criticalValue(sorted, 1),
      beyond: known.filter((index) => Math.abs(observed[index]!) > quantile_95).length,
    };
  }
}

/**
 * p of a statistic among the largest ones of shuffles, of which the labels as they are count as one more: a p of 0 would
 * be too small (Phipson and Smyth, "Permutation p-values should never be zero", 2010).
 * @param sorted ascending
 */
export function adjustedP(sorted: Float64Array, size: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < size) low = middle + 1;
    else high = middle;
  }
  return (1 + sorted.length - low) / (1 + sorted.length);
}

/** What a statistic must exceed for its `adjustedP` to be `percent` or less; NaN where there are too few shuffles. */
export function criticalValue(sorted: Float64Array, percent: number): number {
  const allowed = Math.floor(((sorted.length + 1) * percent) / 100);
  return allowed === 0 ? NaN : sorted[sorted.length - allowed]!;
}
