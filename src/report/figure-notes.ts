import { counted, grouped } from './numbers.js';
import { wrap } from './text-table.js';
import type { NeuronRow, ProfileView } from './view.js';

/** Fewer examples than this at one position may be chance. */
const FEWEST = 3;

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
  const { all, first } = sinks(view);
  if (all > 0) {
    notes.push(
      `${counted(all, 'neuron')} ${all === 1 ? 'has its' : 'have their'} top examples all at one position of the window ` +
        `(${grouped(first)} at the first two): ${all === 1 ? 'it responds' : 'they respond'} to a place, as attention sinks do, more than to what stands there.`,
    );
  }
  return notes.flatMap((note) => wrap(note, width, '  '));
}

/** Kurtosis is undefined where all values are equal; elsewhere null says that it could not be trusted. */
function isWithheld({ kurtosis, min, max }: NeuronRow): boolean {
  return kurtosis === null && min !== null && min !== max;
}

/** Neurons whose top examples, three or more, are all at one position; and those of them at position 0 or 1. */
function sinks(view: ProfileView): { all: number; first: number } {
  let all = 0;
  let first = 0;
  if (!view.has('examples')) return { all, first };
  for (const positions of view.topPositions()) {
    if (positions.length < FEWEST || positions.some((position) => position !== positions[0])) continue;
    all++;
    if (positions[0]! <= 1) first++;
  }
  return { all, first };
}

function countRows<T>(rows: Iterable<T>, test: (row: T) => boolean): number {
  let count = 0;
  for (const row of rows) if (test(row)) count++;
  return count;
}
