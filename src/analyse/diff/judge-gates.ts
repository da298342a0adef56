import { formatLayer } from '../../core/neuron-name.js';
import type { LayerTally, ProfileDiff } from './diff-profiles.js';
import { OPS, type Bound, type Gate, type Quantity } from './gate-grammar.js';
import { meanOf, quantileOf, type Tally } from './tally.js';

/** A gate in one place: all neurons, or a layer. */
export interface GateResult {
  /** `all`, or the layer's name. */
  where: string;
  /** In the bound's terms: a count, a share, percentage points, a ratio; NaN where no neuron has it. */
  value: number;
  /** Before and after, where the gate is of something that both profiles have; null elsewhere. */
  before: number | null;
  after: number | null;
  failed: boolean;
}

/** A gate and whether it holds. */
export interface JudgedGate {
  gate: Gate;
  failed: boolean;
  /** Those that failed, else the one that came nearest. */
  results: GateResult[];
}

/** Holds every gate against what was found; one that cannot be judged has failed. */
export function judgeGates(gates: readonly Gate[], diff: ProfileDiff): JudgedGate[] {
  return gates.map((gate) => {
    const results = placesOf(gate, diff).map(({ where, tally }) => judge(gate, where, tally));
    const failing = results.filter(({ failed }) => failed);
    return {
      gate,
      failed: failing.length > 0,
      results: failing.length > 0 ? failing : nearest(gate, results),
    };
  });
}

function placesOf({ scope }: Gate, { all, layers }: ProfileDiff): { where: string; tally: Tally }[] {
  const named = (tallies: readonly LayerTally[]) =>
    tallies.map((tally) => ({ where: formatLayer(tally.group, tally.layer), tally }));
  switch (scope.kind) {
    case 'all':
      return [{ where: 'all', tally: all }];
    case 'layer':
      return named(layers);
    case 'one':
      return named(layers.filter(({ group, layer }) => group === scope.group && layer === scope.layer));
  }
}

function judge({ quantity, op, bound }: Gate, where: string, tally: Tally): GateResult {
  const { before, after } = amounts(quantity, tally);
  // States are of all neurons of the checkpoint, all else of pairs; where there is none, nothing can hold.
  const judged = quantity.kind === 'state' ? tally.neurons + tally.unmatched.b : tally.neurons;
  const value = valueOf(bound, before ?? NaN, after, quantity.kind === 'active' ? 1 : judged);
  const failed = judged === 0 || value !== value || OPS[op](value, bound.number);
  return { where, value, before, after, failed };
}

function amounts(quantity: Quantity, tally: Tally): { before: number | null; after: number } {
  switch (quantity.kind) {
    case 'state':
      return { before: tally.a[quantity.name], after: tally.b[quantity.name] };
    case 'event':
      return { before: null, after: tally.events[quantity.name] };
    case 'active':
      return { before: tally.active.a, after: tally.active.b };
    case 'measure': {
      const values = tally.measures[quantity.name];
      const { statistic } = quantity;
      return {
        before: null,
        after: statistic.kind === 'mean' ? meanOf(values) : quantileOf(values, statistic.q),
      };
    }
  }
}

/**
 * One division, correctly rounded, of whole numbers: what equals the bound on
 * paper equals it here.
 * @param whole what 100 % is
 */
function valueOf({ kind, percent }: Bound, before: number, after: number, whole: number): number {
  if (kind === 'ratio') return before === after ? 1 : after / before;
  const amount = kind === 'change' ? after - before : after;
  return percent ? (100 * amount) / whole : amount;
}

/** The result that came nearest to failing. */
function nearest({ op }: Gate, results: readonly GateResult[]): GateResult[] {
  const worst = results.reduce<GateResult | null>(
    (a, b) => (a === null || OPS[op](b.value, a.value) ? b : a),
    null,
  );
  return worst === null ? [] : [worst];
}
