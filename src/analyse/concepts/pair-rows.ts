import { DIRECTIONS } from '../../profile/format.js';
import type { PairKeys } from '../../profile/types.js';
import { benjaminiHochberg } from './benjamini-hochberg.js';

/** The columns of all rows, with `p` among the figures. */
interface Rows<Column extends string, Count extends string> {
  keys: PairKeys;
  figures: Record<Column | 'p', Float64Array>;
  counts: Record<Count, Uint32Array>;
}

/**
 * Rows of labels and neurons, gathered while the layers pass. All are held, some 145 bytes each, because a q hangs on the p
 * of every pair.
 */
export class PairRows<
  Figures extends { above: boolean | null },
  Column extends string,
  Count extends string,
> {
  private readonly fields: readonly string[];
  private readonly neurons: number;
  private readonly columns: [Column | 'p', keyof Figures][];
  private readonly counts: readonly Count[];
  private rows: Rows<Column, Count> | null = null;
  private used = 0;

  /**
   * @param neurons of all layers together
   * @param columns the figure that stands in each
   */
  constructor(
    fields: readonly string[],
    neurons: number,
    columns: Readonly<Record<Column | 'p', keyof Figures>>,
    counts: readonly Count[],
  ) {
    this.fields = fields;
    this.neurons = neurons;
    this.columns = Object.entries(columns) as [Column | 'p', keyof Figures][];
    this.counts = counts;
  }

  /** To be called of each layer; the first one's labels are those of all. @returns the entry of a label */
  begin(labels: readonly string[]): (label: string) => number {
    const { keys } = (this.rows ??= this.empty(labels, this.neurons * labels.length));
    return (label) => keys.labels.indexOf(label);
  }

  add(
    key: Readonly<Record<'site' | 'neuron' | 'field' | 'label', number>>,
    figures: Figures,
    counts: Readonly<Record<Count, number>>,
  ): void {
    const rows = this.rows!;
    const row = this.used++;
    for (const name of ['site', 'neuron', 'field', 'label'] as const) rows.keys[name][row] = key[name];
    for (const name of this.counts) rows.counts[name][row] = counts[name];
    for (const [column, name] of this.columns) rows.figures[column][row] = figures[name] as number;
    const { above } = figures;
    rows.keys.direction[row] = DIRECTIONS.indexOf(above === null ? '' : above ? 'above' : 'below');
  }

  /** All rows, in the order that they came; to be asked for when every layer has been added. */
  result(): PairKeys & Record<Column | 'p' | 'q', Float64Array> & Record<Count, Uint32Array> {
    const { keys, figures, counts } = this.rows ?? this.empty([], 0);
    return { ...keys, ...counts, ...figures, q: benjaminiHochberg(figures.p) };
  }

  private empty(labels: readonly string[], rows: number): Rows<Column, Count> {
    return {
      keys: {
        fields: this.fields,
        labels: [...new Set(labels)],
        site: new Int32Array(rows),
        neuron: new Int32Array(rows),
        field: new Int32Array(rows),
        label: new Int32Array(rows),
        direction: new Uint8Array(rows),
      },
      figures: Object.fromEntries(this.columns.map(([column]) => [column, new Float64Array(rows)])) as Rows<
        Column,
        Count
      >['figures'],
      counts: Object.fromEntries(this.counts.map((name) => [name, new Uint32Array(rows)])) as Rows<
        Column,
        Count
      >['counts'],
    };
  }
}
