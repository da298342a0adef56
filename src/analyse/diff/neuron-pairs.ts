import { formatNeuron } from '../../core/neuron-name.js';
import type { OpenProfile } from '../../profile/open-profile.js';
import type { NeuronRow } from '../../profile/rows.js';
import { matchLayer, type Reason } from '../match/match-layer.js';
import type { NeuronData, Partner } from './neuron-diff.js';

/** Which tables are compared beside the figures. */
export interface Parts {
  examples: boolean;
  histograms: boolean;
}

/** A neuron before and after; the partner only where neurons are matched. */
export interface NeuronPair {
  a: NeuronData;
  b: NeuronData;
  partner?: Partner;
}

/** How the neurons of a layer were matched. */
export interface LayerMatching {
  group: string;
  layer: number;
  /** Tokens whose activations were correlated. */
  positions: number;
  matched: number;
  /** Mean and smallest r of the matched pairs; NaN where there is none. */
  r: { mean: number; min: number };
  /** Names of those without a partner, in the order of the model. */
  unmatched: { a: UnmatchedNeuron[]; b: UnmatchedNeuron[] };
}

/** A neuron without a partner, and why it has none. */
export interface UnmatchedNeuron {
  name: string;
  reason: Reason;
}

/** A profile's neurons with their bins and examples, in the order of the model. */
function* neuronData(profile: OpenProfile, parts: Parts): Iterable<NeuronData> {
  const binsOf = parts.histograms ? profile.histogramWalk() : () => null;
  const topOf = parts.examples ? profile.topWalk() : () => null;
  for (const row of profile.neurons()) yield { row, bins: binsOf(row), top: topOf(row) };
}

/** Both lists side by side, which must be of the same neurons. */
export function* samePairs(a: OpenProfile, b: OpenProfile, parts: Parts): Iterable<NeuronPair> {
  const others = neuronData(b, parts)[Symbol.iterator]();
  for (const one of neuronData(a, parts)) {
    const next = others.next();
    if (next.done === true || !isSame(one.row, next.value.row))
      throw new Error(`${formatNeuron(one.row)} of the first profile is not in the second at the same place`);
    yield { a: one, b: next.value };
  }
}

/**
 * The pairs of each layer that correlate most, in the order of A's neurons. In memory are a layer of both profiles and
 * the correlations of all their neurons, 4 bytes each.
 * @param onLayer told of each layer, and the rows of neurons without a partner, before its pairs come
 */
export function* matchedPairs(
  a: OpenProfile,
  b: OpenProfile,
  parts: Parts,
  onLayer: (matching: LayerMatching, unmatched: Record<'a' | 'b', NeuronRow[]>) => void,
): Iterable<NeuronPair> {
  const [ofA, ofB] = [a, b].map((profile) => layersOf(neuronData(profile, parts))[Symbol.iterator]()) as [
    Iterator<NeuronData[]>,
    Iterator<NeuronData[]>,
  ];
  const others = b.matchLayers()[Symbol.iterator]();
  for (const one of a.matchLayers()) {
    const [other, before, after] = [next(others), next(ofA), next(ofB)];
    const { pairs, unmatched } = matchLayer(one, other);
    const { group, layer, positions } = one;
    const rs = Float64Array.from(pairs.values(), ({ r }) => r);
    const named = (side: 'a' | 'b') =>
      unmatched[side].map(({ neuron, reason }) => ({ name: formatNeuron({ group, layer, neuron }), reason }));
    const rowsOf = (side: 'a' | 'b', all: readonly NeuronData[]) => {
      const without = new Set(unmatched[side].map(({ neuron }) => neuron));
      return all.map(({ row }) => row).filter(({ neuron }) => without.has(neuron));
    };
    const layerMatching = {
      ...{ group, layer, positions, matched: pairs.size },
      r: { mean: rs.reduce((sum, r) => sum + r, 0) / rs.length, min: rs.length === 0 ? NaN : rs.sort()[0]! },
      unmatched: { a: named('a'), b: named('b') },
    };
    onLayer(layerMatching, { a: rowsOf('a', before), b: rowsOf('b', after) });
    const byNeuron = new Map(after.map((data) => [data.row.neuron, data]));
    for (const data of before) {
      const partner = pairs.get(data.row.neuron);
      if (partner !== undefined) yield { a: data, b: byNeuron.get(partner.neuron)!, partner };
    }
  }
}

function next<T>(items: Iterator<T>): T {
  const read = items.next();
  if (read.done === true) throw new Error('the profiles do not have the same layers');
  return read.value;
}

/** Layer by layer, each whole: what a walk gives of a neuron it overwrites with the next, so bins are copied. */
function* layersOf(neurons: Iterable<NeuronData>): Iterable<NeuronData[]> {
  let layer: NeuronData[] = [];
  for (const { row, bins, top } of neurons) {
    const [first] = layer;
    if (first !== undefined && (first.row.group !== row.group || first.row.layer !== row.layer)) {
      yield layer;
      layer = [];
    }
    layer.push({ row, bins: bins === null ? null : copied(bins), top });
  }
  if (layer.length > 0) yield layer;
}

function copied({ lower, upper, count, size }: NonNullable<NeuronData['bins']>) {
  return { lower: lower.slice(0, size), upper: upper.slice(0, size), count: count.slice(0, size), size };
}

function isSame(a: NeuronRow, b: NeuronRow): boolean {
  return a.group === b.group && a.layer === b.layer && a.neuron === b.neuron;
}
