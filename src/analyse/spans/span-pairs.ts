import { conceptBinCount, conceptBinEdges } from '../../accumulate/concept-bins.js';
import { sortedSpanSets, type Spans, type SpanSet } from '../../accumulate/span-state.js';
import { DIRECTIONS } from '../../profile/format.js';
import type { SpanRows } from '../../profile/types.js';
import { benjaminiHochberg } from '../concepts/benjamini-hochberg.js';
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
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

/** The rows of spans.arrow, gathered while the layers pass. All are held, because a q hangs on the p of every pair. */
export class SpanPairs {
  private readonly fields: readonly string[];
  private readonly neurons: number;
  private rows: Omit<SpanRows, 'q'> | null = null;
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
  add(site: number, neurons: Int32Array, spans: Spans): void {
    const sets = sortedSpanSets(spans);
    const rows = (this.rows ??= emptyRows(this.fields, sets, this.neurons * sets.length));
    const { sketchRange } = spans.settings;
    const edges = Array.from({ length: conceptBinCount(sketchRange) }, (_, bin) =>
      conceptBinEdges(bin, sketchRange),
    );
    const reader = new SpanReader(spans);
    const told = sets.map((set) => ({
      set,
      field: spans.fields.get(set.field)!,
      entry: rows.labels.indexOf(set.label),
      tested: isTested(set),
    }));
    for (const [j, neuron] of neurons.entries()) {
      for (const { set, field, entry, tested } of told) {
        const row = this.used++;
        const values = reader.read(set, field, j);
        const figures = spanFigures(values, edges, tested);
        rows.site[row] = site;
        rows.neuron[row] = neuron;
        rows.field[row] = set.field;
        rows.label[row] = entry;
        rows.documents[row] = values.sums.n;
        rows.direction[row] = DIRECTIONS.indexOf(
          figures.above === null ? '' : figures.above ? 'above' : 'below',
        );
        for (const name of NAMES) rows[name][row] = figures[COLUMNS[name]];
      }
    }
  }

  /** All rows, by layer, neuron, field, label; to be asked for when every layer has been added. */
  result(): SpanRows {
    const rows = this.rows ?? emptyRows(this.fields, [], 0);
    return { ...rows, q: benjaminiHochberg(rows.p) };
  }
}

function emptyRows(fields: readonly string[], labels: readonly SpanSet[], rows: number): Omit<SpanRows, 'q'> {
  const figures = Object.fromEntries(NAMES.map((name) => [name, new Float64Array(rows)]));
  return {
    fields,
    labels: [...new Set(labels.map(({ label }) => label))],
    site: new Int32Array(rows),
    neuron: new Int32Array(rows),
    field: new Int32Array(rows),
    label: new Int32Array(rows),
    documents: new Uint32Array(rows),
    direction: new Uint8Array(rows),
    ...(figures as Record<Column, Float64Array>),
  };
}
