import { formatNeuron } from '../core/neuron-name.js';
import { counted } from './numbers.js';
import { wrap } from './text-table.js';
import type { NeuronRow, ProfileView } from './view.js';

/** Fewer examples than this at one position may be chance. */
const FEWEST = 3;
/** Neurons named in a note. */
const NAMED = 6;

/** Figures that are withheld, and neurons whose examples are all of one place. */
export function figureNotes(view: ProfileView, width: number): string[] {
  const notes: string[] = [];
  const withheld = countRows(view.neurons(), isWithheld);
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
  return notes.flatMap((note) => wrap(note, width, '  '));
}

/** Kurtosis is undefined where all values are equal; elsewhere null says that it could not be trusted. */
function isWithheld({ kurtosis, min, max }: NeuronRow): boolean {
  return kurtosis === null && min !== null && min !== max;
}

/** Neurons whose top examples, three or more, are of different tokens and all at one position. */
function sinkNames(view: ProfileView): string[] {
  if (!view.has('examples')) return [];
  const names: string[] = [];
  for (const place of view.topPlaces()) {
    const { positions, tokenIds } = place;
    // A token that only ever stands at one place (a heading's) says nothing about the place.
    const tokens = new Set(tokenIds).size;
    if (positions.length < FEWEST || tokens < Math.min(FEWEST, positions.length)) continue;
    if (positions.every((position) => position === positions[0])) names.push(formatNeuron(place));
  }
  return names;
}

function countRows<T>(rows: Iterable<T>, test: (row: T) => boolean): number {
  let count = 0;
  for (const row of rows) if (test(row)) count++;
  return count;
}
