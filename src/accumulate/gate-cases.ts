import type { Accumulator, Batch } from './accumulator.js';
import { examplesAccumulator, type Examples } from './examples.js';
import { productsOf, type CaseExtremes } from './gate-products.js';
import { addExact, addNumber, DIGITS, roundToNumber } from './superaccumulator.js';

/** The four sign cases of (gate, up), in the order of every list: the activation of the gate, and the other factor. */
export const GATE_CASES = [
  { gate: '+', up: '+' },
  { gate: '+', up: '-' },
  { gate: '-', up: '+' },
  { gate: '-', up: '-' },
] as const;

export interface GateSettings {
  /** Tokens of context kept each side of an example. */
  around: number;
}

/**
 * What a gated neuron's product act(gate)·up, rounded to float32 as the model has it, is in one sign case. Signs are
 * strict, as in GLUScope (Gerstner and Schütze 2026, arXiv 2602.23826): where a factor is exactly 0 there is no case. A
 * product that is not finite is in none either.
 */
export interface GateCase {
  /** Tokens of each neuron: whole numbers, exact to 2^53. */
  count: Float64Array;
  /** Exact Σ product of neuron j, from j · SUM_DIGITS (superaccumulator.ts). */
  sums: Uint32Array;
  /** One example of each neuron, the product of largest magnitude: its sign is the case's. */
  example: Examples;
}

export interface GateCases {
  /** In the order of GATE_CASES. */
  cases: [GateCase, GateCase, GateCase, GateCase];
}

/** A product is float32, so a batch's sum of them, in float64, counts in units of 2^−149. */
export const SUM_DIGITS = DIGITS[0];
const UNIT = 149;

/** Counts and exact sums are added, and of the best examples the better stays. */
export function gateAccumulator(settings: GateSettings): Accumulator<GateCases> {
  const examples = GATE_CASES.map(({ gate, up }) =>
    examplesAccumulator({
      ...{ side: gate === up ? 'top' : 'bottom', k: 1, around: settings.around },
      ...{ distinct: 'document', per: 'window' },
    }),
  );
  return {
    name: 'gates',
    empty: (neurons) => ({
      cases: examples.map((example) => emptyCase(example, neurons)) as GateCases['cases'],
    }),
    add(into, batch) {
      const { products, cases } = productsOf(batch);
      into.cases.forEach((held, c) => {
        addCase(held, cases[c]!, batch.neurons);
        // Its windows say which position of each may be the example; values of others are context.
        examples[c]!.add(held.example, { ...batch, activations: products, windows: windowsOf(cases[c]!) });
      });
    },
    merge(into, from) {
      into.cases.forEach((held, c) => {
        mergeCase(held, from.cases[c]!);
        examples[c]!.merge(held.example, from.cases[c]!.example);
      });
    },
  };
}

function emptyCase(example: Accumulator<Examples>, neurons: number): GateCase {
  return {
    count: new Float64Array(neurons),
    sums: new Uint32Array(neurons * SUM_DIGITS),
    example: example.empty(neurons),
  };
}

/** The extremes of one sign are those of both sides: only one side is looked at. */
function windowsOf({ value, position }: CaseExtremes): Batch['windows'] {
  return { max: value, argmax: position, min: value, argmin: position };
}

function addCase({ count, sums }: GateCase, { counts, sum }: CaseExtremes, neurons: number): void {
  for (let j = 0; j < neurons; j++) {
    count[j]! += counts[j]!;
    addExact(sums, j * SUM_DIGITS, SUM_DIGITS, UNIT, sum[j]!);
  }
}

function mergeCase(into: GateCase, from: GateCase): void {
  for (let j = 0; j < into.count.length; j++) {
    into.count[j]! += from.count[j]!;
    addNumber(into.sums, j * SUM_DIGITS, from.sums, j * SUM_DIGITS, SUM_DIGITS);
  }
}

/** Mean product of a neuron in a case, rounded once for the sum and once for the division; NaN of nothing. */
export function caseMean({ count, sums }: GateCase, neuron: number): number {
  return roundToNumber(sums, neuron * SUM_DIGITS, SUM_DIGITS, UNIT) / count[neuron]!;
}
