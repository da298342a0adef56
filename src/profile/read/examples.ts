import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import { EXAMPLE_COLUMNS, type Side } from '../format.js';
import type { ExampleRow } from '../rows.js';
import { floatsOf, intsOf, rowReader, wordsOf } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** A neuron's examples of one side, best first. */
export function examplesOf(table: SortedTable, id: NeuronId, side: Side): ExampleRow[] {
  const rows: ExampleRow[] = [];
  for (const { batch, start, end } of table.rowsOf(id)) {
    const isSide = sideTest(batch, side);
    const at = rowReader(EXAMPLE_COLUMNS, batch);
    for (let row = start; row < end; row++) if (isSide(row)) rows.push(at(row));
  }
  return rows;
}

/** Where a neuron's top examples stand, best first. */
export interface TopPlaces extends NeuronId {
  positions: number[];
  tokenIds: number[];
  /** Of the best one: its activation, place, and its token's string in the vocabulary. */
  best: { value: number; document: number; window: number; position: number; token: string | null };
}

/** The places of each neuron's top examples, in the order of the model. */
export function* topPlaces(table: SortedTable): Iterable<TopPlaces> {
  let places: TopPlaces | null = null;
  for (const batch of table.all()) {
    const isTop = sideTest(batch, 'top');
    const column = (name: 'layer' | 'neuron' | 'rank' | 'position' | 'token_id') => intsOf(batch, name);
    const [layer, neuron, rank] = [column('layer'), column('neuron'), column('rank')];
    const [position, tokenId] = [column('position'), column('token_id')];
    const [document, window] = [intsOf(batch, 'document'), intsOf(batch, 'window')];
    const value = floatsOf(batch, 'value');
    const token = batch.getChild('token')!;
    for (let row = 0; row < batch.numRows; row++) {
      if (!isTop(row)) continue;
      // Ranks begin anew with each neuron, though not with each batch.
      if (places === null || rank[row] === 0) {
        if (places !== null) yield places;
        const group = String(batch.getChild('group')!.get(row));
        const best = {
          ...{ value: value[row]!, document: document[row]!, window: window[row]!, position: position[row]! },
          token: token.get(row) as string | null,
        };
        places = { group, layer: layer[row]!, neuron: neuron[row]!, positions: [], tokenIds: [], best };
      }
      places.positions.push(position[row]!);
      places.tokenIds.push(tokenId[row]!);
    }
  }
  if (places !== null) yield places;
}

/** Which tokens a neuron's top examples are, best first; entry i of every list is one example. */
export interface ExampleKeys {
  documents: number[];
  windows: number[];
  positions: number[];
}

/** The keys of many neurons' top examples in one walk; see `SortedTable.walk`. */
export function topWalk(table: SortedTable | null): (id: NeuronId) => ExampleKeys {
  const rowsOf = table?.walk();
  return (id) => {
    const keys: ExampleKeys = { documents: [], windows: [], positions: [] };
    for (const { batch, start, end } of rowsOf?.(id) ?? []) {
      const isTop = sideTest(batch, 'top');
      const [document, window] = [intsOf(batch, 'document'), intsOf(batch, 'window')];
      const position = intsOf(batch, 'position');
      for (let row = start; row < end; row++) {
        if (!isTop(row)) continue;
        keys.documents.push(document[row]!);
        keys.windows.push(window[row]!);
        keys.positions.push(position[row]!);
      }
    }
    return keys;
  };
}

/** The side of each row of a batch. */
export function sidesOf(batch: RecordBatch): (row: number) => Side {
  return wordsOf(batch, 'side') as (row: number) => Side;
}

/** Whether a row is of a side, told by its number in the dictionary. */
export function sideTest(batch: RecordBatch, side: Side): (row: number) => boolean {
  const data = batch.getChild('side')!.data[0]!;
  const wanted = [...data.dictionary!].indexOf(side);
  const numbers = data.values as Int32Array;
  return (row) => numbers[row] === wanted;
}
