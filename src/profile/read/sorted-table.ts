import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import type { ArrowFile } from './table-file.js';
import { intsOf } from './row.js';

/** Rows [start, end) of a record batch. */
export interface RowRange {
  batch: RecordBatch;
  start: number;
  end: number;
}

/** Where a neuron stands in the order of the model: number of its layer, then its own. */
interface Key {
  layer: number;
  neuron: number;
}

/** The keys of a batch's rows. */
interface Keys {
  at(row: number): Key;
  /** As `compare(at(row), key)`, for which nothing is made: a walk asks it of millions of rows. */
  compare(row: number, key: Key): number;
}

/**
 * A table whose rows are sorted by layer and neuron. A neuron's rows are found
 * by binary search over the record batches, of which each is read once to learn
 * its ends, then within one.
 */
export class SortedTable {
  readonly file: ArrowFile;
  private readonly layerNumber: ReadonlyMap<string, number>;
  private readonly ends: ({ first: Key; last: Key } | undefined)[] = [];

  /** @param layers of the profile, in their order */
  constructor(file: ArrowFile, layers: readonly { group: string; layer: number }[]) {
    this.file = file;
    this.layerNumber = new Map(layers.map((layer, number) => [layerKey(layer), number]));
  }

  /** The rows of a neuron, in their order; they may lie in several batches. */
  *rowsOf(id: NeuronId): Iterable<RowRange> {
    const layer = this.layerNumber.get(layerKey(id));
    if (layer === undefined || this.isEmpty()) return;
    const key = { layer, neuron: id.neuron };
    const { batches } = this.file;
    let number = lowerBound(batches, (i) => compare(this.endsOf(i).last, key) < 0);
    for (; number < batches && compare(this.endsOf(number).first, key) <= 0; number++) {
      const batch = this.file.batch(number);
      const keys = this.keysOf(batch);
      const start = lowerBound(batch.numRows, (row) => keys.compare(row, key) < 0);
      const end = lowerBound(batch.numRows, (row) => keys.compare(row, key) <= 0);
      if (start < end) yield { batch, start, end };
    }
  }

  /**
   * The rows of many neurons in one walk, without a search for each: neurons
   * must be asked for in the order of the model; those left out are passed over.
   */
  walk(): (id: NeuronId) => RowRange[] {
    const batches = this.all()[Symbol.iterator]();
    const next = () => {
      const read = batches.next();
      return read.done === true ? null : { batch: read.value, keys: this.keysOf(read.value), row: 0 };
    };
    let here = next();
    let last: Key = { layer: -1, neuron: -1 };
    return (id) => {
      const key = { layer: this.layerNumber.get(layerKey(id)) ?? -1, neuron: id.neuron };
      if (compare(key, last) <= 0) throw new RangeError('a walk goes forward only');
      last = key;
      const ranges: RowRange[] = [];
      for (; here !== null; here = next()) {
        const { batch, keys } = here;
        while (here.row < batch.numRows && keys.compare(here.row, key) < 0) here.row++;
        const start = here.row;
        while (here.row < batch.numRows && keys.compare(here.row, key) === 0) here.row++;
        if (here.row > start) ranges.push({ batch, start, end: here.row });
        if (here.row < batch.numRows) break;
      }
      return ranges;
    };
  }

  /** Every record batch that has rows, from the first. */
  *all(): Iterable<RecordBatch> {
    if (this.isEmpty()) return;
    for (let number = 0; number < this.file.batches; number++) yield this.file.batch(number);
  }

  /** A table without rows is one batch without rows. */
  private isEmpty(): boolean {
    return this.file.batches === 1 && this.file.batch(0).numRows === 0;
  }

  private endsOf(number: number): { first: Key; last: Key } {
    const known = this.ends[number];
    if (known !== undefined) return known;
    const batch = this.file.batch(number);
    const keys = this.keysOf(batch);
    return (this.ends[number] = { first: keys.at(0), last: keys.at(batch.numRows - 1) });
  }

  private keysOf(batch: RecordBatch): Keys {
    const group = batch.getChild('group')!;
    const layer = intsOf(batch, 'layer');
    const neuron = intsOf(batch, 'neuron');
    const groupNumber = intsOf(batch, 'group'); // of the dictionary
    // Rows of a layer lie together, so a layer is looked up once.
    let known = { group: -1, layer: -1, number: -1 };
    const layerAt = (row: number): number => {
      if (groupNumber[row] !== known.group || layer[row] !== known.layer) {
        const key = layerKey({ group: String(group.get(row)), layer: layer[row]! });
        const number = this.layerNumber.get(key) ?? Infinity;
        known = { group: groupNumber[row]!, layer: layer[row]!, number };
      }
      return known.number;
    };
    return {
      at: (row) => ({ layer: layerAt(row), neuron: neuron[row]! }),
      compare: (row, key) => layerAt(row) - key.layer || neuron[row]! - key.neuron,
    };
  }
}

function layerKey({ group, layer }: { group: string; layer: number }): string {
  return `${group} ${layer}`;
}

function compare(a: Key, b: Key): number {
  return a.layer - b.layer || a.neuron - b.neuron;
}

/** First of [0, end) for which `isBefore` does not hold; it holds for none behind that. */
function lowerBound(end: number, isBefore: (i: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
