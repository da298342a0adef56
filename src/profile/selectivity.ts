import type { NeuronId } from '../core/neuron-name.js';
import type { ProfileLayer } from './types.js';

/** Tokens that must carry a neuron's variance before its kurtosis is believed. */
const CARRIERS = 10;

/**
 * How selective a neuron is: **kurtosis · exp(−(10 / c)²)**, c = n / (kurtosis + 3),
 * kurtosis being excess kurtosis and n the finite values.
 *
 * c is (Σd²)² / Σd⁴ of the deviations d: the number of equal tokens that would
 * carry the variance as the real ones do (the participation ratio). A neuron that
 * fires on a share p of tokens has a kurtosis near 1/p and c near p·n, so the
 * first factor favours few tokens. The second takes back what rests on hardly
 * any: 1 % is left at c = 4.7, nothing at the c = 1 of a single outlier, whose
 * kurtosis of n would else win in any corpus. From c = 30 on it hardly acts.
 *
 * @returns NaN where there is no kurtosis to trust, or it is not positive
 */
export function selectivityOf(kurtosis: number, finite: number): number {
  if (!(kurtosis > 0)) return NaN;
  const carriers = finite / (kurtosis + 3);
  return kurtosis * Math.exp(-((CARRIERS / carriers) ** 2));
}

/** What a neuron's selectivity is made of; NaN where a figure is null. */
export interface SelectivityFigures {
  /** Counted tokens. */
  count: number;
  /** NaN and infinite values. */
  broken: number;
  dead: boolean;
  skewness: number;
  kurtosis: number;
}

/**
 * A neuron's selectivity.
 * @returns NaN where it has none: it is dead or broken, its tail is to the negative side (skewness ≤ 0), or a figure is missing
 */
export function selectivityOfNeuron(figures: SelectivityFigures): number {
  const { count, broken, dead, skewness, kurtosis } = figures;
  return dead || broken > 0 || !(skewness > 0) ? NaN : selectivityOf(kurtosis, count);
}

export interface Selective extends NeuronId {
  selectivity: number;
}

/**
 * The `n` most selective neurons, best first; of equals the first in the order
 * of the layers, then of neurons. Those that have no selectivity are left out.
 */
export function mostSelective(
  layers: Iterable<Pick<ProfileLayer, 'site' | 'figures'>>,
  n: number,
): Selective[] {
  const best = new MostSelective(n);
  for (const layer of layers) best.add(layer);
  return best.neurons();
}

/** `mostSelective` as layers pass by: holds `n` neurons and no layer. */
export class MostSelective {
  private readonly n: number;
  private best: Selective[] = [];

  constructor(n: number) {
    this.n = n;
  }

  add({ site: { group, layer }, figures }: Pick<ProfileLayer, 'site' | 'figures'>): void {
    const candidates = [...this.best];
    for (let j = 0; j < figures.neuron.length; j++) {
      const selectivity = selectivityOfNeuron({
        count: figures.count,
        broken: figures.nan[j]! + figures.inf[j]!,
        dead: figures.dead[j] === 1,
        skewness: figures.skewness[j]!,
        kurtosis: figures.kurtosis[j]!,
      });
      if (selectivity === selectivity)
        candidates.push({ group, layer, neuron: figures.neuron[j]!, selectivity });
    }
    // The sort is stable, so of equals the earlier stays ahead.
    this.best = candidates.sort((a, b) => b.selectivity - a.selectivity).slice(0, this.n);
  }

  neurons(): Selective[] {
    return this.best;
  }
}
