import type {
  Column,
  Columns,
  CONCEPT_COLUMNS,
  EXAMPLE_COLUMNS,
  GATE_COLUMNS,
  LAYER_COLUMNS,
  NEURON_COLUMNS,
  SPAN_COLUMNS,
} from './format.js';
import type { EXPLAINED_COLUMNS, EXPLAINED_NEURON_COLUMNS } from './explained-columns.js';
import type { NEURON } from './column.js';

/** What a cell of each column type reads as; 64-bit integers as numbers, exact to 2^53. */
interface Cell {
  bool: boolean;
  int32: number;
  int64: number;
  float32: number;
  float64: number;
  text: string;
  name: string;
  texts: (string | null)[];
  int32s: Int32Array;
  float32s: Float32Array;
}

type CellOf<C extends Column> = Cell[C['type']] | (C extends { null: string } ? null : never);

/** A row of a table, made of the table's own columns. */
export type Row<T extends Columns> = { -readonly [Name in keyof T]: CellOf<T[Name]> };

export type NeuronRow = Row<typeof NEURON_COLUMNS>;
export type ExampleRow = Row<typeof EXAMPLE_COLUMNS>;
export type LayerRow = Row<typeof LAYER_COLUMNS>;
/** A neuron's row of neurons.arrow with the columns that `--explain` adds alone; null in those that it did not ask for. */
export type ExplainedRow = Row<typeof NEURON & typeof EXPLAINED_NEURON_COLUMNS>;
export type CarrierRow = Row<typeof EXPLAINED_COLUMNS>;
export type GateRow = Row<typeof GATE_COLUMNS>;
export type ConceptRow = Row<typeof CONCEPT_COLUMNS>;
export type SpanRow = Row<typeof SPAN_COLUMNS>;
