import { createHash } from 'node:crypto';
import { sortedClasses, type ClassSums } from '../../src/accumulate/class-sums.js';
import type { Concepts } from '../../src/accumulate/concept-state.js';
import type { Examples } from '../../src/accumulate/examples.js';
import type { LabelBins } from '../../src/accumulate/label-bins.js';
import { matchSlots, PLACE_FIELDS, type MatchSample } from '../../src/accumulate/match-sample.js';
import { rankExamples, rankSamples } from '../../src/accumulate/rank-examples.js';
import type { Samples } from '../../src/accumulate/samples.js';

/**
 * A state in a form that can be compared: the best examples, a set, stand in their ranked order, classes ascending,
 * finished documents by their place, and bounds of counts are left out.
 */
export function canonical(state: unknown): unknown {
  if (state === null || typeof state !== 'object') return state;
  if ('worst' in state) return rankExamples(state as Examples);
  if ('cells' in state) return rankSamples(state as Samples);
  if ('slots' in state) return ofClasses(state as ClassSums);
  if ('bound' in state) return (state as LabelBins).counts;
  if ('finished' in state) return ofConcepts(state as Concepts);
  if ('tokenId' in state && 'held' in state) return ofMatch(state as MatchSample);
  if (state instanceof Map)
    return canonical(Object.fromEntries([...(state as Map<string, unknown>)].sort(byKey)));
  if (ArrayBuffer.isView(state)) return state;
  if (Array.isArray(state)) return state.map(canonical);
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, canonical(value)]));
}

/** Classes ascending, in one array a field: there may be as many as tokens. */
function ofClasses(sums: ClassSums): unknown {
  const classes = [...sortedClasses(sums)];
  const low = new Float64Array(classes.length * sums.neurons);
  const high = new Float64Array(low.length);
  classes.forEach((each, i) => {
    low.set(each.low, i * sums.neurons);
    if (each.high !== null) high.set(each.high, i * sums.neurons);
  });
  return {
    classes: Float64Array.from(classes, (each) => each.class),
    counts: Float64Array.from(classes, ({ count }) => count),
    low,
    high,
  };
}

function ofConcepts({ finished, ...rest }: Concepts): unknown {
  const place = ({ document: { file, record } }: Concepts['finished'][number]) => 1000 * file + record;
  const sorted = [...finished].sort((a, b) => place(a) - place(b));
  return canonical({ ...rest, done: sorted });
}

function ofMatch(sample: MatchSample): unknown {
  const { neurons, values, held } = sample;
  const slots = matchSlots(sample);
  const of = (field: Int32Array | Uint32Array) => slots.map((slot) => field[slot]!);
  const places = [...PLACE_FIELDS, 'tokenId', 'low', 'high'] as const;
  return {
    held,
    ...Object.fromEntries(places.map((field) => [field, of(sample[field])])),
    values: rowsOf(values, slots, neurons),
  };
}

function rowsOf(values: Float32Array, slots: Int32Array, neurons: number): Float32Array {
  const rows = new Float32Array(slots.length * neurons);
  slots.forEach((slot, i) => rows.set(values.subarray(slot * neurons, (slot + 1) * neurons), i * neurons));
  return rows;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** A hash of each part of a canonical state, by its name: large arrays compare at once. */
export function digests(state: unknown, name = ''): Record<string, string> {
  if (ArrayBuffer.isView(state)) {
    const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
    return { [name]: createHash('sha256').update(bytes).digest('hex') };
  }
  const isPlain = Array.isArray(state) && state.every((item) => item === null || typeof item !== 'object');
  if (state === null || typeof state !== 'object' || isPlain) return { [name]: JSON.stringify(state) };
  return Object.assign(
    {},
    ...Object.entries(state).map(([key, value]) => digests(value, `${name}.${key}`)),
  ) as Record<string, string>;
}
