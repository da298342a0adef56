import { wrap } from './text-table.js';

/** What every report owes its readers. */
export const CAUTION =
  'A caution. One neuron is seldom one concept, and a concept seldom one neuron; and examples at the very top ' +
  'are not the whole of what a neuron does. Look at the histogram too, and test what you think you see on text ' +
  'that is not in this corpus.';

export function caution(width: number): string[] {
  return wrap(CAUTION, width);
}
