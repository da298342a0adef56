import type { Accumulator, Batch } from './accumulator.js';
import { countedRows } from './accumulator.js';
import { addCounters, widened, type Counters } from './counters.js';

/** The kinds of counts, in the order of a state's bytes. */
export const COUNT_FIELDS = [
  'zero',
  'positive',
  'active',
  'nan',
  'positiveInfinity',
  'negativeInfinity',
] as const;

/** Entry j of each array counts for neuron j; ±Inf and NaN are neither zero, positive nor active. */
export type Counts = Record<(typeof COUNT_FIELDS)[number], Counters> & {
  /** Counted tokens: the same for every neuron. */
  tokens: number;
};

/** @param activeAbove an activation is active where it is finite and larger than this */
export function countsAccumulator(activeAbove: number): Accumulator<Counts> {
  return {
    name: 'counts',
    empty: (neurons) => {
      const of = () => new Uint32Array(neurons);
      return {
        tokens: 0,
        zero: of(),
        positive: of(),
        active: of(),
        nan: of(),
        positiveInfinity: of(),
        negativeInfinity: of(),
      };
    },
    add: (into, batch) => add(into, batch, activeAbove),
    merge: (into, from) => {
      into.tokens += from.tokens;
      for (const field of COUNT_FIELDS) into[field] = addCounters(into[field], from[field], into.tokens);
    },
  };
}

function add(into: Counts, batch: Batch, activeAbove: number): void {
  const { activations, neurons, length, runs } = batch;
  into.tokens += countedRows(batch);
  for (const field of COUNT_FIELDS) into[field] = widened(into[field], into.tokens);
  const { zero, positive, active } = into;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 2]!;
    for (let position = runs[r + 1]!; position < end; position++) {
      const row = (runs[r]! * length + position) * neurons;
      for (let j = 0; j < neurons; j++) {
        const x = activations[row + j]!;
        if (x - x !== 0) {
          countBroken(into, j, x);
        } else if (x === 0) {
          zero[j]!++;
          if (0 > activeAbove) active[j]!++;
        } else {
          if (x > 0) positive[j]!++;
          if (x > activeAbove) active[j]!++;
        }
      }
    }
  }
}

function countBroken(into: Counts, neuron: number, x: number): void {
  if (x !== x) into.nan[neuron]!++;
  else if (x > 0) into.positiveInfinity[neuron]!++;
  else into.negativeInfinity[neuron]!++;
}
