import type { ExplainKind } from '../accumulate/explain-kinds.js';
import { Exit, UserError } from '../core/errors.js';
import { counted } from '../report/numbers.js';
import { size } from './size.js';

/** What `--explain` asks for, and of how much. */
export interface Explaining {
  kinds: readonly ExplainKind[];
  /** Longest window. */
  context: number;
  /** Ids that there may be; null where nobody says. */
  vocabulary: number | null;
  /** Neurons kept of each layer. */
  neurons: readonly number[];
}

/** Bytes of a cell, one a class and neuron: eight hold it until a sum on its page passes 2^12, as some does in a long run. */
const CELL = 16;
/** Of a class in each layer, whatever its neurons. */
const CLASS = 64;
/** Bytes of a layer that are hashed and written at once, and that Node can. */
const MOST_SECTION = 2 ** 31 - 1;

/** Bytes of one worker: all sums, and one layer's as they are written. */
export function explainBytes(explaining: Explaining): number {
  const all = explaining.neurons.reduce((sum, neurons) => sum + sumBytes(explaining, neurons), 0);
  return all + sumBytes(explaining, Math.max(0, ...explaining.neurons));
}

/** @throws UserError (69) where a layer's sums may be more than a state can hold of one */
export function requireWritable(explaining: Explaining): void {
  const widest = Math.max(0, ...explaining.neurons);
  const bytes = sumBytes(explaining, widest);
  if (bytes <= MOST_SECTION) return;
  throw new UserError({
    what: `the sums of one layer may take ${size(bytes)} (${counted(widest, 'neuron')}, ${counted(explaining.vocabulary ?? 0, 'token id')}), and a state holds at most 2 GiB of one`,
    where: `--explain ${explaining.kinds.join(',')}`,
    todo: 'name fewer neurons at a time with --neurons, or explain by position alone',
    exit: Exit.MODEL,
  });
}

function sumBytes({ kinds, context, vocabulary }: Explaining, neurons: number): number {
  const ids = vocabulary ?? 0;
  const classes = { position: context, token: ids, previous: ids + 1 };
  return kinds.reduce((sum, kind) => sum + classes[kind] * (neurons * CELL + CLASS), 0);
}
