import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import { EXAMPLE_COLUMNS, type Side } from '../format.js';
import type { ExampleRow } from '../rows.js';
import { intsOf, rowAt } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** A neuron's examples of one side, best first. */
export function examplesOf(table: SortedTable, id: NeuronId, side: Side): ExampleRow[] {
  const rows: ExampleRow[] = [];
  for (const { batch, start, end } of table.rowsOf(id)) {
    const isSide = sideTest(batch, side);
    for (let row = start; row < end; row++) if (isSide(row)) rows.push(rowAt(EXAMPLE_COLUMNS, batch, row));
  }
  return rows;
}

/** Positions of each neuron's top examples, best first, a list a neuron that has any. */
export function* topPositions(table: SortedTable): Iterable<readonly number[]> {
  let positions: number[] = [];
  for (const batch of table.all()) {
    const isTop = sideTest(batch, 'top');
    const rank = intsOf(batch, 'rank');
    const position = intsOf(batch, 'position');
    for (let row = 0; row < batch.numRows; row++) {
      if (!isTop(row)) continue;
      // Ranks begin anew with each neuron, though not with each batch.
      if (rank[row] === 0 && positions.length > 0) {
        yield positions;
        positions = [];
      }
      positions.push(position[row]!);
    }
  }
  if (positions.length > 0) yield positions;
}

/** Whether a row is of a side, told by its number in the dictionary. */
function sideTest(batch: RecordBatch, side: Side): (row: number) => boolean {
  const data = batch.getChild('side')!.data[0]!;
  const wanted = [...data.dictionary!].indexOf(side);
  const numbers = data.values as Int32Array;
  return (row) => numbers[row] === wanted;
}
