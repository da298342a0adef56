import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import type { GateSigns } from '../format.js';
import { countsOf, doublesOf, idsOf, wordsOf } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** What gate_cases.arrow says of a neuron in one sign case, without its example. */
export interface GateFigures extends NeuronId {
  signs: GateSigns;
  /** Counted tokens in the case. */
  count: number;
  /** Mean product on them. */
  mean: number;
}

/** The figures of every neuron and sign case that has a token, in the order of the model. */
export function* gateFigures(table: SortedTable): Iterable<GateFigures> {
  for (const batch of table.all()) {
    const [idOf, signs] = [idsOf(batch), signsOf(batch)];
    const [count, mean] = [countsOf(batch, 'count'), doublesOf(batch, 'mean')];
    for (let row = 0; row < batch.numRows; row++) {
      yield { ...idOf(row), signs: signs(row), count: count(row), mean: mean[row]! };
    }
  }
}

/** The sign case of each row of a batch. */
export function signsOf(batch: RecordBatch): (row: number) => GateSigns {
  const [gate, up] = [wordsOf(batch, 'gate'), wordsOf(batch, 'up')];
  return (row) => `${gate(row)}${up(row)}` as GateSigns;
}
