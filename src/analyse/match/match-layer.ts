import type { MatchLayer } from '../../profile/read/match.js';
import { assign } from './assign.js';
import { correlation, correlations } from './correlations.js';
import { standardise, type Standardised, type Unfit } from './standardise.js';

/** Why a neuron has no partner: its own values, or the other layer has fewer neurons. */
export type Reason = Unfit | 'left over';

export interface Unmatched {
  neuron: number;
  reason: Reason;
}

/** Which neurons of two layers are one another's; neurons by their columns. */
export interface LayerMatch {
  /** By neuron of A: that of B, and Pearson's r of the two over the sample. */
  pairs: Map<number, { neuron: number; r: number }>;
  /** Ascending. */
  unmatched: { a: Unmatched[]; b: Unmatched[] };
}

/**
 * Pairs the neurons of two layers one to one so that their correlations add up to most. Correlations, not their
 * magnitudes: a neuron and its negative are not the same neuron to what reads them.
 * @param a its values stand at the same positions as those of `b`
 */
export function matchLayer(a: MatchLayer, b: MatchLayer): LayerMatch {
  const { positions } = a;
  const [one, other] = [a, b].map(({ values, neurons }) =>
    standardise(values, neurons.length, positions),
  ) as [Standardised, Standardised];
  const weights = correlations(one.units, other.units, positions);
  const columnOf = assign(weights, one.rows.length, other.rows.length);
  const pairs: LayerMatch['pairs'] = new Map();
  const taken = { a: new Set<number>(), b: new Set<number>() };
  columnOf.forEach((column, i) => {
    if (column === -1) return;
    const [row, partner] = [one.rows[i]!, other.rows[column]!];
    const r = correlation(one.units, i, other.units, column, positions);
    // Rounding may leave it a little beyond what a correlation can be.
    pairs.set(a.neurons[row]!, { neuron: b.neurons[partner]!, r: Math.min(1, Math.max(-1, r)) });
    taken.a.add(row);
    taken.b.add(partner);
  });
  return {
    pairs,
    unmatched: { a: unmatched(a, one, taken.a), b: unmatched(b, other, taken.b) },
  };
}

function unmatched({ neurons }: MatchLayer, { unfit }: Standardised, taken: Set<number>): Unmatched[] {
  return [...neurons].flatMap((neuron, row) =>
    taken.has(row) ? [] : [{ neuron, reason: unfit[row] ?? 'left over' }],
  );
}
