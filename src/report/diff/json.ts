import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { JudgedGate } from '../../analyse/diff/judge-gates.js';
import type { LayerMatching } from '../../analyse/diff/neuron-pairs.js';
import { MEASURES, type NeuronDiff } from '../../analyse/diff/neuron-diff.js';
import { meanOf, quantileOf, type Tally } from '../../analyse/diff/tally.js';
import { formatLayer, formatNeuron } from '../../core/neuron-name.js';
import { headline, isSame } from './headline.js';

/** What scripts get: one plain object; what no neuron has is null (JSON has no NaN). */
export function diffJson(diff: ProfileDiff, gates: readonly JudgedGate[]): Record<string, unknown> {
  return {
    says: headline(diff, gates),
    same: isSame(diff),
    a: profileJson(diff.a),
    b: profileJson(diff.b),
    different: diff.different,
    examples_not_compared: diff.noOverlap,
    ...(diff.matching === null ? {} : { matching: diff.matching.map(matchingJson) }),
    all: tallyJson(diff.all),
    layers: diff.layers.map((layer) => ({
      layer: formatLayer(layer.group, layer.layer),
      ...tallyJson(layer),
    })),
    moved: diff.moved.map(neuronJson),
    ...diff.named,
    ...(diff.classes === null ? {} : { classes: diff.classes }),
    ...(diff.labels === null ? {} : { labels: diff.labels }),
    gates: gates.map(({ gate, failed, results }) => ({
      gate: gate.text,
      failed,
      results: results.map(({ where, value, before, after }) => ({ where, value, before, after })),
    })),
  };
}

function matchingJson({ group, layer, positions, matched, r, unmatched }: LayerMatching) {
  return { layer: formatLayer(group, layer), positions, matched, r, unmatched };
}

function profileJson({ folder, manifest }: ProfileDiff['a']) {
  return { profile: folder, model: manifest.model.path, sha256: manifest.sha256 };
}

function tallyJson({ neurons, events, a, b, active, measures }: Tally): Record<string, unknown> {
  return {
    neurons,
    dead: { a: a.dead, b: b.dead },
    broken: { a: a.broken, b: b.broken },
    ...events,
    active_rate: active,
    ...Object.fromEntries(MEASURES.map((measure) => [measure, distributionJson(measures[measure])])),
  };
}

/** Of `shift` the magnitudes. */
function distributionJson(ascending: Float64Array): Record<string, number> {
  const q = (share: number) => quantileOf(ascending, share);
  return {
    neurons: ascending.length,
    mean: meanOf(ascending),
    min: q(0),
    p1: q(0.01),
    p5: q(0.05),
    median: q(0.5),
    p95: q(0.95),
    p99: q(0.99),
    max: q(1),
  };
}

function neuronJson(diff: NeuronDiff): Record<string, unknown> {
  const { js, w1, w1Bound, w1_sigma, shift, jaccard, rbo, died, revived, broke, mended } = diff;
  const side = ({ activeRate, mean, std }: NeuronDiff['a']) => ({ active_rate: activeRate, mean, std });
  return {
    neuron: formatNeuron(diff),
    ...(diff.partner === undefined ? {} : { neuron_b: diff.partner.neuron, match_r: diff.partner.r }),
    js,
    w1,
    w1_bound: w1Bound,
    w1_sigma,
    shift,
    jaccard,
    rbo,
    died,
    revived,
    broke,
    mended,
    a: side(diff.a),
    b: side(diff.b),
  };
}
