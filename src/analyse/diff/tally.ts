import { EVENTS, MEASURES, type Event, type Measure, type NeuronDiff } from './neuron-diff.js';

/** Counts of neurons that both profiles have: before and after. */
export const STATES = ['dead', 'broken'] as const;
export type State = (typeof STATES)[number];

/** What became of the neurons of a layer, or of all. */
export interface Tally {
  /** Neurons compared: pairs. */
  neurons: number;
  /** Neurons of either side without a partner (`match`), which only `a` and `b` count. */
  unmatched: { a: number; b: number };
  events: Readonly<Record<Event, number>>;
  a: Readonly<Record<State, number>>;
  b: Readonly<Record<State, number>>;
  /** Mean active_rate of the neurons that have one; NaN where none has. */
  active: { a: number; b: number };
  /** Values of the neurons that have one, ascending; of `shift` the magnitudes. */
  measures: Readonly<Record<Measure, Float64Array>>;
}

/** Adds neurons up. Holds 8 bytes a neuron and measure, so that quantiles are exact. */
export class TallyBuilder {
  private neurons = 0;
  private readonly unmatched = { a: 0, b: 0 };
  private readonly events = zeros(EVENTS);
  private readonly states = { a: zeros(STATES), b: zeros(STATES) };
  private readonly active = { a: { sum: 0, count: 0 }, b: { sum: 0, count: 0 } };
  private readonly values = Object.fromEntries(MEASURES.map((measure) => [measure, []])) as unknown as Record<
    Measure,
    number[]
  >;

  add(diff: NeuronDiff): void {
    this.neurons++;
    for (const event of EVENTS) if (diff[event]) this.events[event]++;
    for (const side of ['a', 'b'] as const) {
      this.count(side, diff[side]);
      const { activeRate } = diff[side];
      if (activeRate !== activeRate) continue;
      this.active[side].sum += activeRate;
      this.active[side].count++;
    }
    for (const measure of MEASURES) {
      const value = Math.abs(diff[measure]);
      if (value === value) this.values[measure].push(value);
    }
  }

  /** Adds a neuron that has no partner. */
  addUnmatched(side: 'a' | 'b', of: Readonly<Record<State, boolean>>): void {
    this.unmatched[side]++;
    this.count(side, of);
  }

  private count(side: 'a' | 'b', of: Readonly<Record<State, boolean>>): void {
    for (const state of STATES) if (of[state]) this.states[side][state]++;
  }

  result(): Tally {
    const mean = ({ sum, count }: { sum: number; count: number }) => (count === 0 ? NaN : sum / count);
    const entries = MEASURES.map((measure) => [measure, Float64Array.from(this.values[measure]).sort()]);
    return {
      neurons: this.neurons,
      unmatched: this.unmatched,
      events: this.events,
      ...this.states,
      active: { a: mean(this.active.a), b: mean(this.active.b) },
      measures: Object.fromEntries(entries) as Record<Measure, Float64Array>,
    };
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

/**
 * The q-quantile of ascending values: the smallest with at least q·n values no
 * larger (the inverted distribution function; Hyndman & Fan 1996, type 1).
 * @returns NaN of nothing
 */
export function quantileOf(ascending: Float64Array, q: number): number {
  const rank = Math.max(1, Math.ceil(q * ascending.length));
  return ascending[rank - 1] ?? NaN;
}

/** @returns NaN of nothing */
export function meanOf(values: Float64Array): number {
  return values.length === 0 ? NaN : values.reduce((a, b) => a + b, 0) / values.length;
}
