import type { RecordBatch } from 'apache-arrow';
import { MATCH_PLACE_COLUMNS } from '../format.js';
import type { Row } from '../rows.js';
import { intsOf, rowReader } from './row.js';
import type { ArrowFile } from './table-file.js';
import type { SortedTable } from './sorted-table.js';

/** The activations of a layer at the positions of match_places.arrow. */
export interface MatchLayer {
  group: string;
  layer: number;
  /** Columns of the FFN's intermediate. */
  neurons: Int32Array;
  positions: number;
  /** [neurons × positions], row-major. */
  values: Float32Array;
}

export type MatchPlace = Row<typeof MATCH_PLACE_COLUMNS>;

/** The layers of match.arrow in the order of the model, of which one at a time is in memory. */
export function* matchLayers(table: SortedTable): Iterable<MatchLayer> {
  let parts: RecordBatch[] = [];
  for (const batch of table.all()) {
    if (parts.length > 0 && layerName(parts[0]!) !== layerName(batch)) {
      yield joined(parts);
      parts = [];
    }
    parts.push(batch);
  }
  if (parts.length > 0) yield joined(parts);
}

/** A record batch holds rows of one layer only. */
function layerName(batch: RecordBatch): string {
  return `${String(batch.getChild('group')!.get(0))} ${intsOf(batch, 'layer')[0]}`;
}

function joined(parts: readonly RecordBatch[]): MatchLayer {
  const rows = parts.reduce((sum, batch) => sum + batch.numRows, 0);
  const lists = parts.map((batch) => batch.getChild('activations')!.data[0]!);
  // Arrow pads its buffers, and what reads them may hand out the padding too.
  const items = lists.map(({ children: [child] }) =>
    (child!.values as Float32Array).subarray(0, child!.length),
  );
  const [first] = parts as [RecordBatch];
  const neurons = new Int32Array(rows);
  const values = new Float32Array(items.reduce((sum, part) => sum + part.length, 0));
  let [row, at] = [0, 0];
  parts.forEach((batch, i) => {
    neurons.set(intsOf(batch, 'neuron').subarray(0, batch.numRows), row);
    values.set(items[i]!, at);
    row += batch.numRows;
    at += items[i]!.length;
  });
  return {
    group: String(first.getChild('group')!.get(0)),
    layer: intsOf(first, 'layer')[0]!,
    ...{ neurons, positions: values.length / rows, values },
  };
}

/** The positions, in the order in which every neuron has its values. */
export function* matchPlaces(file: ArrowFile): Iterable<MatchPlace> {
  for (let number = 0; number < file.batches; number++) {
    const batch = file.batch(number);
    const at = rowReader(MATCH_PLACE_COLUMNS, batch);
    for (let row = 0; row < batch.numRows; row++) yield at(row);
  }
}
