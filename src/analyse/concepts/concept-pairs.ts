import { conceptBinCount, conceptBinEdges } from '../../accumulate/concept-bins.js';
import { sortedSets, type Concepts, type ConceptSet } from '../../accumulate/concepts.js';
import { DIRECTIONS } from '../../profile/format.js';
import type { ConceptRows } from '../../profile/types.js';
import { benjaminiHochberg } from './benjamini-hochberg.js';
import { isTested } from './label-counts.js';
import { pairFigures, type PairFigures } from './pair-figures.js';
import { PairReader } from './pair-values.js';

/** The figures by the columns that they stand in. */
const COLUMNS = {
  mean_with: 'meanWith',
  mean_without: 'meanWithout',
  d: 'd',
  r: 'r',
  auroc: 'auroc',
  auroc_bound: 'aurocBound',
  p: 'p',
  f1_chosen: 'f1Chosen',
  f1: 'f1',
  precision: 'precision',
  recall: 'recall',
  threshold: 'threshold',
} as const satisfies Record<string, keyof PairFigures>;
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

/**
 * The rows of concepts.arrow, gathered while the layers pass. All are held, some 145 bytes each, because a q hangs on
 * the p of every pair.
 */
export class ConceptPairs {
  private readonly fields: readonly string[];
  private readonly neurons: number;
  private rows: Omit<ConceptRows, 'q'> | null = null;
  private used = 0;

  /** @param neurons of all layers together */
  constructor(fields: readonly string[], neurons: number) {
    this.fields = fields;
    this.neurons = neurons;
  }

  /**
   * Adds a layer, whose labels must be those of the first.
   * @param site its number among the sites
   * @param neurons column of each kept neuron
   */
  add(site: number, neurons: Int32Array, concepts: Concepts): void {
    const sets = sortedSets(concepts);
    const labels = sets.filter(({ label }) => label !== null);
    const fieldSets = new Map(sets.filter(({ label }) => label === null).map((set) => [set.field, set]));
    const rows = (this.rows ??= emptyRows(this.fields, labels, this.neurons * labels.length));
    const { sketchRange } = concepts.settings;
    const edges = Array.from({ length: conceptBinCount(sketchRange) }, (_, bin) =>
      conceptBinEdges(bin, sketchRange),
    );
    const reader = new PairReader(concepts);
    const told = labels.map((set) => {
      const field = fieldSets.get(set.field)!;
      return { set, field, entry: rows.labels.indexOf(set.label!), tested: isTested(set, field) };
    });
    for (const [j, neuron] of neurons.entries()) {
      for (const { set, field, entry, tested } of told) {
        const row = this.used++;
        const values = reader.read(set, field, j);
        const figures = pairFigures(values, edges, tested);
        rows.site[row] = site;
        rows.neuron[row] = neuron;
        rows.field[row] = set.field;
        rows.label[row] = entry;
        rows.with_count[row] = values.both.positives;
        rows.without_count[row] = values.both.negatives;
        rows.direction[row] = DIRECTIONS.indexOf(
          figures.above === null ? '' : figures.above ? 'above' : 'below',
        );
        for (const name of NAMES) rows[name][row] = figures[COLUMNS[name]];
      }
    }
  }

  /** All rows, by layer, neuron, field, label; to be asked for when every layer has been added. */
  result(): ConceptRows {
    const rows = this.rows ?? emptyRows(this.fields, [], 0);
    return { ...rows, q: benjaminiHochberg(rows.p) };
  }
}

function emptyRows(
  fields: readonly string[],
  labels: readonly ConceptSet[],
  rows: number,
): Omit<ConceptRows, 'q'> {
  const figures = Object.fromEntries(NAMES.map((name) => [name, new Float64Array(rows)]));
  return {
    fields,
    labels: [...new Set(labels.map(({ label }) => label!))],
    site: new Int32Array(rows),
    neuron: new Int32Array(rows),
    field: new Int32Array(rows),
    label: new Int32Array(rows),
    with_count: new Uint32Array(rows),
    without_count: new Uint32Array(rows),
    direction: new Uint8Array(rows),
    ...(figures as Record<Column, Float64Array>),
  };
}
