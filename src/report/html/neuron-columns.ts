import { ByteReader } from '../../profile/state/byte-reader.js';
import { ByteWriter } from '../../profile/state/byte-writer.js';
import {
  pickFloats,
  pickNumbers,
  readFloats,
  readPlaces,
  readWholes,
  writeFloats,
  writePlaces,
  writeWholes,
} from './column-planes.js';

/** Columns of neurons.arrow that the page has, by how they are kept: counts, exactly. */
const WHOLES = [
  'neuron',
  'count',
  'zero_count',
  'positive_count',
  'active_count',
  'nan_count',
  'inf_count',
  'near_zero_count',
  'clamped_low',
  'clamped_high',
] as const;

/** Figures, as the float32 nearest to what the file holds. */
const FIGURES = [
  'mean',
  'std',
  'skewness',
  'kurtosis',
  'min',
  'max',
  'q01',
  'q05',
  'q25',
  'median',
  'q75',
  'q95',
  'q99',
] as const;

/** Where the extremes stand. */
const PLACES = [
  'min_document',
  'min_window',
  'min_position',
  'min_token_id',
  'max_document',
  'max_window',
  'max_position',
  'max_token_id',
] as const;

export type WholeName = (typeof WHOLES)[number];
export type FigureName = (typeof FIGURES)[number];
export type PlaceName = (typeof PLACES)[number];

/** A row a neuron, in the order of the model; NaN is null in figures and places. */
export type NeuronColumns = Record<WholeName | PlaceName, Float64Array> & Record<FigureName, Float32Array>;

export const COLUMN_NAMES = { wholes: WHOLES, figures: FIGURES, places: PLACES } as const;

/** Columns of `rows` neurons of which nothing is known yet. */
export function emptyColumns(rows: number): NeuronColumns {
  return columns(
    () => new Float64Array(rows),
    () => new Float32Array(rows).fill(NaN),
    () => new Float64Array(rows).fill(NaN),
  );
}

/** The given rows alone. */
export function pickRows(from: NeuronColumns, rows: Int32Array): NeuronColumns {
  const numbers = (name: WholeName | PlaceName) => pickNumbers(from[name], rows);
  return columns(numbers, (name) => pickFloats(from[name], rows), numbers);
}

/** Tokens of a row whose value is finite: what its figures are of. */
export function finiteOf({ count, nan_count, inf_count }: NeuronColumns, row: number): number {
  return count[row]! - nan_count[row]! - inf_count[row]!;
}

/** Whether a row's neuron was never active, though it had a finite value. */
export function isDead(columns: NeuronColumns, row: number): boolean {
  return columns.active_count[row] === 0 && finiteOf(columns, row) > 0;
}

export function encodeColumns(from: NeuronColumns): Uint8Array {
  const writer = new ByteWriter(80 * from.neuron.length + 1024);
  for (const name of WHOLES) writeWholes(writer, from[name]);
  for (const name of FIGURES) writeFloats(writer, from[name]);
  for (const name of PLACES) writePlaces(writer, from[name]);
  return writer.written();
}

/** Reads what `encodeColumns` wrote of `rows` neurons. */
export function decodeColumns(bytes: Uint8Array, rows: number): NeuronColumns {
  const reader = new ByteReader(bytes);
  const read = columns(
    () => readWholes(reader, rows),
    () => readFloats(reader),
    () => readPlaces(reader, rows),
  );
  reader.end();
  return read;
}

/** Asks for each column, in the order in which they are written. */
function columns(
  whole: (name: WholeName) => Float64Array,
  figure: (name: FigureName) => Float32Array,
  place: (name: PlaceName) => Float64Array,
): NeuronColumns {
  return Object.fromEntries([
    ...WHOLES.map((name) => [name, whole(name)] as const),
    ...FIGURES.map((name) => [name, figure(name)] as const),
    ...PLACES.map((name) => [name, place(name)] as const),
  ]) as NeuronColumns;
}
