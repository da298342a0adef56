import type {
  Column,
  Columns,
  CONCEPT_COLUMNS,
  EXAMPLE_COLUMNS,
  LAYER_COLUMNS,
  NEURON_COLUMNS,
} from './format.js';

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
export type ConceptRow = Row<typeof CONCEPT_COLUMNS>;
