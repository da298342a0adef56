import { allConceptBinEdges } from '../../accumulate/concept-bins.js';
import { sortedSpanSets, type Spans } from '../../accumulate/span-state.js';
import type { SpanRows } from '../../profile/types.js';
import { PairRows } from '../concepts/pair-rows.js';
import { isTested } from './span-counts.js';
import { spanFigures, type SpanFigures } from './span-figures.js';
import { SpanReader } from './span-values.js';

/** The figures by the columns that they stand in. */
const COLUMNS = {
  mean_difference: 'meanDifference',
  dz: 'dz',
  rank_biserial: 'rankBiserial',
  p: 'p',
  f1_chosen: 'f1Chosen',
  f1: 'f1',
  precision: 'precision',
  recall: 'recall',
  threshold: 'threshold',
} as const satisfies Record<string, keyof SpanFigures>;

/** The rows of spans.arrow: by layer, neuron, field, label. */
export class SpanPairs {
  private readonly rows: PairRows<SpanFigures, keyof typeof COLUMNS, 'documents'>;

  /** @param neurons of all layers together */
  constructor(fields: readonly string[], neurons: number) {
    this.rows = new PairRows(fields, neurons, COLUMNS, ['documents']);
  }

  /**
   * Adds a layer, whose labels must be those of the first.
   * @param site its number among the sites
   * @param neurons column of each kept neuron
   */
  add(site: number, neurons: Int32Array, spans: Spans): void {
    const sets = sortedSpanSets(spans);
    const entryOf = this.rows.begin(sets.map(({ label }) => label));
    const edges = allConceptBinEdges(spans.settings.sketchRange);
    const reader = new SpanReader(spans);
    const told = sets.map((set) => ({
      set,
      field: spans.fields.get(set.field)!,
      entry: entryOf(set.label),
      tested: isTested(set),
    }));
    for (const [j, neuron] of neurons.entries()) {
      for (const { set, field, entry, tested } of told) {
        const values = reader.read(set, field, j);
        this.rows.add({ site, neuron, field: set.field, label: entry }, spanFigures(values, edges, tested), {
          documents: values.sums.n,
        });
      }
    }
  }

  /** All rows; to be asked for when every layer has been added. */
  result(): SpanRows {
    return this.rows.result();
  }
}
