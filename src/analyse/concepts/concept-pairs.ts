import { allConceptBinEdges } from '../../accumulate/concept-bins.js';
import { sortedSets, type Concepts } from '../../accumulate/concept-state.js';
import type { ConceptRows } from '../../profile/types.js';
import { isTested } from './label-counts.js';
import { pairFigures, type PairFigures } from './pair-figures.js';
import { PairRows } from './pair-rows.js';
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

/** The rows of concepts.arrow: by layer, neuron, field, label. */
export class ConceptPairs {
  private readonly rows: PairRows<PairFigures, keyof typeof COLUMNS, 'with_count' | 'without_count'>;

  /** @param neurons of all layers together */
  constructor(fields: readonly string[], neurons: number) {
    this.rows = new PairRows(fields, neurons, COLUMNS, ['with_count', 'without_count']);
  }

  /**
   * Adds a layer, whose labels must be those of the first.
   * @param site its number among the sites
   * @param neurons column of each kept neuron
   */
  add(site: number, neurons: Int32Array, concepts: Concepts): void {
    const sets = sortedSets(concepts);
    const labels = sets.flatMap((set) => (set.label === null ? [] : [{ set, label: set.label }]));
    const fieldSets = new Map(sets.filter(({ label }) => label === null).map((set) => [set.field, set]));
    const entryOf = this.rows.begin(labels.map(({ label }) => label));
    const edges = allConceptBinEdges(concepts.settings.sketchRange);
    const reader = new PairReader(concepts);
    const told = labels.map(({ set, label }) => {
      const field = fieldSets.get(set.field)!;
      return { set, field, entry: entryOf(label), tested: isTested(set, field) };
    });
    for (const [j, neuron] of neurons.entries()) {
      for (const { set, field, entry, tested } of told) {
        const values = reader.read(set, field, j);
        this.rows.add({ site, neuron, field: set.field, label: entry }, pairFigures(values, edges, tested), {
          with_count: values.both.positives,
          without_count: values.both.negatives,
        });
      }
    }
  }

  /** All rows; to be asked for when every layer has been added. */
  result(): ConceptRows {
    return this.rows.result();
  }
}
