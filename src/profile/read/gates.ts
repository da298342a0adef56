import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import type { GateSigns } from '../format.js';
import { countsOf, doublesOf, intsOf } from './row.js';
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
    const [layer, neuron] = [intsOf(batch, 'layer'), intsOf(batch, 'neuron')];
    const [group, signs] = [batch.getChild('group')!, signsOf(batch)];
    const [count, mean] = [countsOf(batch, 'count'), doublesOf(batch, 'mean')];
    for (let row = 0; row < batch.numRows; row++) {
      const id = { group: String(group.get(row)), layer: layer[row]!, neuron: neuron[row]! };
      yield { ...id, signs: signs(row), count: count(row), mean: mean[row]! };
    }
  }
}

/** The sign case of each row of a batch. */
export function signsOf(batch: RecordBatch): (row: number) => GateSigns {
  const signs = (name: 'gate' | 'up') => {
    const data = batch.getChild(name)!.data[0]!;
    const names = [...data.dictionary!] as string[];
    const numbers = data.values as Int32Array;
    return (row: number) => names[numbers[row]!]!;
  };
  const [gate, up] = [signs('gate'), signs('up')];
  return (row) => `${gate(row)}${up(row)}` as GateSigns;
}
