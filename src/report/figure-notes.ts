import { formatLayer, formatNeuron } from '../core/neuron-name.js';
import { counted, percent } from './numbers.js';
import { wrap } from './text-table.js';
import type { NeuronRow, ProfileView } from './view.js';

/** Fewer examples than this at one position may be chance. */
const FEWEST = 3;
/** Share of a layer's extremes at the first position that is worth a word. */
const MUCH = 0.1;
/** Neurons named in a note. */
const NAMED = 6;

const PLACES = ['group', 'layer', 'min_position', 'max_position'] as const;

/** Figures that are withheld, and neurons whose examples are all of one place. */
export function figureNotes(view: ProfileView, width: number): string[] {
  const notes: string[] = [];
  const withheld = countRows(view.neurons('kurtosis', 'min', 'max'), isWithheld);
  if (withheld > 0) {
    notes.push(
      `Of ${counted(withheld, 'neuron')} the kurtosis (and of some the skewness or the variance) is null: the mean is so far ` +
        'from zero, counted in standard deviations, that cancellation could exceed 1e-4.',
    );
  }
  const sinks = sinkNames(view);
  if (sinks.length > 0) {
    const named = sinks.slice(0, NAMED).join(', ') + (sinks.length > NAMED ? ' …' : '');
    notes.push(
      `${counted(sinks.length, 'neuron')} (${named}) ${sinks.length === 1 ? 'has its' : 'have their'} top examples on different tokens, ` +
        'but all at one position of the window: such a neuron responds to the place, as attention sinks do, more than to what stands there.',
    );
  }
  notes.push(...firstPosition(view));
  return notes.flatMap((note) => wrap(note, width, '  '));
}

/** What part of each layer's extremes stands at the first counted position, where it is much of one. */
function firstPosition(view: ProfileView): string[] {
  const layers = new Map<string, { extremes: number; at: Map<number, number> }>();
  let first = Infinity;
  for (const { group, layer, min_position, max_position } of view.neurons(...PLACES)) {
    const name = formatLayer(group, layer);
    const found = layers.get(name) ?? { extremes: 0, at: new Map<number, number>() };
    layers.set(name, found);
    for (const position of [min_position, max_position]) {
      if (position === null) continue;
      found.extremes++;
      found.at.set(position, (found.at.get(position) ?? 0) + 1);
      first = Math.min(first, position);
    }
  }
  const shares = Array.from(layers, ([name, { extremes, at }]) => ({
    name,
    share: extremes === 0 ? 0 : (at.get(first) ?? 0) / extremes,
  }));
  if (!shares.some(({ share }) => share >= MUCH)) return [];
  const each = shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return [
    `Position ${first} of the window, the first that counts, holds this share of all largest and smallest values: ${each}. ` +
      `Where that is much, it is a sink, and --skip-first ${first + 1} leaves it out.`,
  ];
}

/** Kurtosis is undefined where all values are equal; elsewhere null says that it could not be trusted. */
function isWithheld({ kurtosis, min, max }: Pick<NeuronRow, 'kurtosis' | 'min' | 'max'>): boolean {
  return kurtosis === null && min !== null && min !== max;
}

/** What was found of a profile: report.txt and the page ask the same, and it takes a walk over all examples. */
const found = new WeakMap<ProfileView, string[]>();

/** Neurons whose top examples, three or more, are of different tokens and all at one position. */
function sinkNames(view: ProfileView): string[] {
  if (!view.has('examples')) return [];
  const known = found.get(view);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (const place of view.topPlaces()) {
    const { positions, tokenIds } = place;
    // A token that only ever stands at one place (a heading's) says nothing about the place.
    const tokens = new Set(tokenIds).size;
    if (positions.length < FEWEST || tokens < Math.min(FEWEST, positions.length)) continue;
    if (positions.every((position) => position === positions[0])) names.push(formatNeuron(place));
  }
  found.set(view, names);
  return names;
}

function countRows<T>(rows: Iterable<T>, test: (row: T) => boolean): number {
  let count = 0;
  for (const row of rows) if (test(row)) count++;
  return count;
}
