import path from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import {
  GATE_COLUMNS,
  LAYER_COLUMNS,
  NEURON_COLUMNS,
  tableFile,
  type Columns,
  type GateSigns,
  type Side,
  type TableName,
} from '../format.js';
import { EXPLAINED_COLUMNS, EXPLAINED_NEURON_COLUMNS } from '../explained-columns.js';
import { NEURON } from '../column.js';
import type {
  CarrierRow,
  ConceptRow,
  ExampleRow,
  ExplainedRow,
  GateRow,
  LayerRow,
  NeuronRow,
  Row,
  SpanRow,
} from '../rows.js';
import type { ManifestDraft } from '../types.js';
import { bestLabels, type LabelQuery, type NeuronLabels } from './best-labels.js';
import {
  bestConcepts,
  bestSpans,
  conceptsOf,
  spansOf,
  type ConceptQuery,
  type ConceptSort,
} from './concepts.js';
import { examplesOf, topPlaces, topWalk, type ExampleKeys, type TopPlaces } from './examples.js';
import { exampleColumns, gateExampleColumns, type ExampleColumns } from './example-columns.js';
import { gateFigures, type GateFigures } from './gates.js';
import { histogramOf, histogramWalk, type Bin, type BinRows } from './histograms.js';
import { matchLayers, matchPlaces, type MatchLayer, type MatchPlace } from './match.js';
import { rowAt, rowReader } from './row.js';
import { SortedTable } from './sorted-table.js';
import { ArrowFile } from './table-file.js';

/** A profile's tables. Each is opened, and its sha256 checked, when it is first asked for; none gives none. */
export interface ProfileTables {
  /** Whether the profile has this table. */
  has(table: TableName): boolean;
  /** A table's rows, a record batch at a time, of which one is in memory. */
  batches(table: TableName): Iterable<RecordBatch>;
  /** In the order of the model. */
  layers(): Iterable<LayerRow>;
  /** In the order of the model; of columns that are named, these alone, which is much faster. */
  neurons<Name extends keyof NeuronRow = keyof NeuronRow>(
    ...names: readonly Name[]
  ): Iterable<Pick<NeuronRow, Name>>;
  /** null where there is no such neuron. */
  neuron(id: NeuronId): NeuronRow | null;
  /** Best first. */
  examplesOf(id: NeuronId, side: Side): readonly ExampleRow[];
  /** Positions of each neuron's top examples, a list a neuron that has any. */
  topPlaces(): Iterable<TopPlaces>;
  /** The same as examplesOf, of both sides, as columns. */
  exampleColumns(id: NeuronId): Iterable<ExampleColumns>;
  /** Ascending. */
  histogramOf(id: NeuronId): readonly Bin[];
  /**
   * The histograms and top examples of many neurons, in one walk over their tables. Neurons must be asked for
   * in the order of the model; some may be left out. Both are empty where the table is missing.
   */
  histogramWalk(): (id: NeuronId) => BinRows;
  /** The keys of each neuron's top examples, in the same walk. */
  topWalk(): (id: NeuronId) => ExampleKeys;
  /** The sign cases of a neuron's gate that it was in, in their order. */
  gateCasesOf(id: NeuronId): readonly GateRow[];
  /** The same of all neurons, in the order of the model. */
  gateCases(): Iterable<GateRow>;
  /** Their figures alone, of all neurons and cases. */
  gateFigures(): Iterable<GateFigures>;
  /** The examples of a neuron's sign cases as columns. */
  gateExampleColumns(id: NeuronId): Iterable<ExampleColumns<GateSigns>>;
  /** Activations at the positions for matching, a layer at a time. */
  matchLayers(): Iterable<MatchLayer>;
  /** These positions, in the order of the activations. */
  matchPlaces(): Iterable<MatchPlace>;
  /** The best neurons of a label, or of each label. */
  bestConcepts(query: ConceptQuery): readonly ConceptRow[];
  /** The labels of a neuron, best first. */
  conceptsOf(id: NeuronId, sort: ConceptSort): readonly ConceptRow[];
  /** What `--explain` adds to a neuron's row; null where it was not asked for. */
  explainedOf(id: NeuronId): ExplainedRow | null;
  /** The same of all neurons, in the order of the model. */
  explained(): Iterable<ExplainedRow>;
  /** The classes that carry most, kind by kind, most first. */
  carriersOf(id: NeuronId): readonly CarrierRow[];
  /** The same of labels of spans. */
  bestSpans(query: ConceptQuery): readonly SpanRow[];
  /** The labels of spans of a neuron, best first. */
  spansOf(id: NeuronId, sort: ConceptSort): readonly SpanRow[];
  /** The labels of documents, or of spans, that each neuron follows best, in the order of the model. */
  bestLabels(table: 'concepts' | 'spans', query: LabelQuery): Iterable<NeuronLabels>;
}

const EXPLAINED_ROW = { ...NEURON, ...EXPLAINED_NEURON_COLUMNS };

/**
 * @param hashes SHA-256 of each file of the profile, by name
 * @param trusted whether the files were written this very moment, and need no check
 */
export function profileTables<M extends ManifestDraft>(
  folder: string,
  manifest: M,
  hashes: Readonly<Record<string, string>>,
  trusted = false,
): ProfileTables & { manifest: M } {
  const opened = new Map<TableName, SortedTable>();
  const has = (table: TableName) => hashes[tableFile(table)] !== undefined;
  const open = (table: TableName): SortedTable | null => {
    if (!has(table)) return null;
    let sorted = opened.get(table);
    if (sorted === undefined) {
      const name = tableFile(table);
      const file = new ArrowFile(path.join(folder, name), trusted ? null : hashes[name]!);
      opened.set(table, (sorted = new SortedTable(file, manifest.model.sites)));
    }
    return sorted;
  };
  return {
    manifest,
    has,
    batches: (table) => open(table)?.all() ?? [],
    layers: () => rowsOf(LAYER_COLUMNS, open('layers')),
    neurons: (...names) => rowsOf(picked(NEURON_COLUMNS, names), open('neurons')) as Iterable<NeuronRow>,
    neuron(id) {
      for (const { batch, start } of open('neurons')?.rowsOf(id) ?? [])
        return rowAt(NEURON_COLUMNS, batch, start);
      return null;
    },
    examplesOf(id, side) {
      const table = open('examples');
      return table === null ? [] : examplesOf(table, id, side);
    },
    topPlaces() {
      const table = open('examples');
      return table === null ? [] : topPlaces(table);
    },
    exampleColumns(id) {
      const table = open('examples');
      return table === null ? [] : exampleColumns(table, id);
    },
    histogramOf(id) {
      const table = open('histograms');
      return table === null ? [] : histogramOf(table, id);
    },
    histogramWalk: () => histogramWalk(open('histograms')),
    topWalk: () => topWalk(open('examples')),
    gateCasesOf(id) {
      const rows: GateRow[] = [];
      for (const { batch, start, end } of open('gate_cases')?.rowsOf(id) ?? [])
        for (let row = start; row < end; row++) rows.push(rowAt(GATE_COLUMNS, batch, row));
      return rows;
    },
    gateCases: () => rowsOf(GATE_COLUMNS, open('gate_cases')),
    gateFigures() {
      const table = open('gate_cases');
      return table === null ? [] : gateFigures(table);
    },
    gateExampleColumns(id) {
      const table = open('gate_cases');
      return table === null ? [] : gateExampleColumns(table, id);
    },
    matchLayers() {
      const table = open('match');
      return table === null ? [] : matchLayers(table);
    },
    matchPlaces() {
      const table = open('match_places');
      return table === null ? [] : matchPlaces(table.file);
    },
    bestConcepts(query) {
      const table = open('concepts');
      return table === null ? [] : bestConcepts(table, query);
    },
    conceptsOf(id, sort) {
      const table = open('concepts');
      return table === null ? [] : conceptsOf(table, id, sort);
    },
    bestSpans(query) {
      const table = open('spans');
      return table === null ? [] : bestSpans(table, query);
    },
    spansOf(id, sort) {
      const table = open('spans');
      return table === null ? [] : spansOf(table, id, sort);
    },
    bestLabels(name, query) {
      const table = open(name);
      return table === null ? [] : bestLabels(table, name, query);
    },
    explainedOf(id) {
      const [range] = has('explained') ? (open('neurons')?.rowsOf(id) ?? []) : [];
      return range === undefined ? null : rowAt(EXPLAINED_ROW, range.batch, range.start);
    },
    explained: () => rowsOf(EXPLAINED_ROW, has('explained') ? open('neurons') : null),
    carriersOf(id) {
      const rows: CarrierRow[] = [];
      for (const { batch, start, end } of open('explained')?.rowsOf(id) ?? [])
        for (let row = start; row < end; row++) rows.push(rowAt(EXPLAINED_COLUMNS, batch, row));
      return rows;
    },
  };
}

/** Of a table's columns those named; all where none is. */
function picked<T extends Columns>(columns: T, names: readonly (keyof T)[]): T {
  if (names.length === 0) return columns;
  return Object.fromEntries(names.map((name) => [name, columns[name]])) as Columns as T;
}

function* rowsOf<T extends Columns>(columns: T, table: SortedTable | null): Iterable<Row<T>> {
  for (const batch of table?.all() ?? []) {
    const at = rowReader(columns, batch);
    for (let row = 0; row < batch.numRows; row++) yield at(row);
  }
}
