import type { RecordBatch } from 'apache-arrow';
import { formatNeuron } from '../core/neuron-name.js';
import type { ProfileTables } from '../profile/read/tables.js';
import { selectivityOfNeuron } from '../profile/selectivity.js';
import type { Value } from './evaluate.js';
import { QUERY_COLUMNS, type QueryColumn } from './neuron-columns.js';

/** Values by column, an entry a neuron, in the order of the model. */
export interface ReadColumns {
  neurons: number;
  of: ReadonlyMap<string, readonly Value[]>;
}

type CellOfRow = (row: number) => Value;

/** Reads the named columns of all neurons in one walk over neurons.arrow, and nothing else. */
export function readColumns(profile: ProfileTables, names: readonly string[]): ReadColumns {
  const columns = [...new Set(names)].map((name) => QUERY_COLUMNS.get(name)!);
  const layers = columns.some(({ of }) => 'table' in of && of.table === 'layers')
    ? layerRows(profile)
    : new Map<string, CellsOfLayer>();
  const values = columns.map((): Value[] => []);
  let neurons = 0;
  for (const batch of profile.batches('neurons')) {
    columns.forEach((column, i) => {
      const cell = cellsOf(column, batch, layers);
      for (let row = 0; row < batch.numRows; row++) values[i]!.push(cell(row));
    });
    neurons += batch.numRows;
  }
  return { neurons, of: new Map(columns.map(({ name }, i) => [name, values[i]!])) };
}

type CellsOfLayer = (column: string) => Value;

function layerRows(profile: ProfileTables): Map<string, CellsOfLayer> {
  const rows = new Map<string, CellsOfLayer>();
  for (const batch of profile.batches('layers')) {
    const key = keyOfRow(batch);
    for (let row = 0; row < batch.numRows; row++) {
      rows.set(key(row), (column) => tableCells(batch, column)(row));
    }
  }
  return rows;
}

function cellsOf(
  { of }: QueryColumn,
  batch: RecordBatch,
  layers: ReadonlyMap<string, CellsOfLayer>,
): CellOfRow {
  if ('computed' in of) return of.computed === 'name' ? names(batch) : selectivities(batch);
  if (of.table === 'neurons') return tableCells(batch, of.column);
  const key = keyOfRow(batch);
  // Neurons of a layer stand together: each looks up what the one before it did.
  let last: { key: string; value: Value } | null = null;
  return (row) => {
    const layer = key(row);
    if (last?.key !== layer) last = { key: layer, value: layers.get(layer)?.(of.column) ?? null };
    return last.value;
  };
}

/** Cells of a column; null where an older file lacks it. */
function tableCells(batch: RecordBatch, column: string): CellOfRow {
  const vector = batch.getChild(column);
  if (vector === null) return () => null;
  return (row) => {
    const value = vector.get(row) as Value;
    return typeof value === 'bigint' && isSafe(value) ? Number(value) : value;
  };
}

function isSafe(value: bigint): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
}

function keyOfRow(batch: RecordBatch): (row: number) => string {
  const [group, layer] = [tableCells(batch, 'group'), tableCells(batch, 'layer')];
  return (row) => `${String(group(row))} ${String(layer(row))}`;
}

function names(batch: RecordBatch): CellOfRow {
  const [group, layer, neuron] = ['group', 'layer', 'neuron'].map((name) => tableCells(batch, name));
  return (row) =>
    formatNeuron({ group: String(group!(row)), layer: Number(layer!(row)), neuron: Number(neuron!(row)) });
}

function selectivities(batch: RecordBatch): CellOfRow {
  const of = (name: string) => tableCells(batch, name);
  const [count, nan, inf] = [of('count'), of('nan_count'), of('inf_count')];
  const [dead, skewness, kurtosis] = [of('dead'), of('skewness'), of('kurtosis')];
  const figure = (value: Value) => (value === null ? NaN : Number(value));
  return (row) => {
    const selectivity = selectivityOfNeuron({
      count: Number(count(row)),
      broken: Number(nan(row)) + Number(inf(row)),
      dead: dead(row) === true,
      skewness: figure(skewness(row)),
      kurtosis: figure(kurtosis(row)),
    });
    return Number.isNaN(selectivity) ? null : selectivity;
  };
}
