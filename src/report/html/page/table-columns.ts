import { figure, percent } from '../../numbers.js';
import type { FigureName } from '../neuron-columns.js';
import type { PageFacts } from '../page-facts.js';
import { h } from './dom.js';
import { sparkline } from './sparkline.js';
import type { Derived, Store } from './store.js';
import { partColumns } from './part-columns.js';
import { linkTo } from './route.js';
import { tokenAlone } from './token-view.js';

/** A column of the table of neurons. */
export interface TableColumn {
  key: string;
  title: string;
  /** What a filter calls it: `kurtosis>50`; absent where it cannot be compared. */
  names?: readonly string[];
  /** Says what it is. */
  hint: string;
  /** What it is sorted and compared by; NaN stands last. */
  values(store: Store): ArrayLike<number>;
  cell(store: Store, row: number): Node | string;
  /** Only of profiles that have it. */
  needs?: keyof PageFacts['has'];
  kind: 'name' | 'number' | 'text' | 'label' | 'picture';
}

const column = (key: FigureName, title: string, names: readonly string[], hint: string): TableColumn => ({
  ...{ key, title, names, hint, kind: 'number', needs: 'figures' },
  values: (store) => store.columns[key],
  cell: (store, row) => figure(store.columns[key][row]!),
});

const derived = (
  key: keyof Derived,
  title: string,
  names: readonly string[],
  hint: string,
  format: (value: number) => string = figure,
): TableColumn => ({
  ...{ key, title, names, hint, kind: 'number', needs: 'figures' },
  values: (store) => store.derived[key],
  cell: (store, row) => format(store.derived[key][row]!),
});

const TABLE_COLUMNS: readonly TableColumn[] = [
  {
    ...{ key: 'neuron', title: 'Neuron', hint: 'in the order of the model', kind: 'name' },
    values: (store) => inOrder(store.rows),
    cell: (store, row) => {
      const kind = store.kindOf(row);
      const link = h('a', { href: linkTo(store.nameOf(row)) }, store.nameOf(row));
      return kind === 'live' ? link : h('span', {}, link, ' ', h('span', { class: `badge ${kind}` }, kind));
    },
  },
  {
    ...{
      key: 'token',
      title: 'Max on',
      hint: 'the token with the largest value, ␣ for a blank',
      kind: 'text',
    },
    values: (store) => store.columns.max_token_id,
    cell: (store, row) => h('code', {}, tokenAlone(store, store.columns.max_token_id[row]!)),
  },
  {
    ...{
      key: 'histogram',
      title: 'Histogram',
      hint: 'tokens by activation, logarithms of counts',
      kind: 'picture',
      needs: 'histograms',
    },
    values: (store) => inOrder(store.rows),
    cell: (store, row) => {
      const counts = store.histogramOf(row);
      return counts === null ? '–' : sparkline(counts);
    },
  },
  derived(
    'rank',
    'Rank value',
    ['rank'],
    'excess kurtosis × max / σ: what the examples in this file are chosen by',
  ),
  derived(
    'selectivity',
    'Selectivity',
    ['selectivity', 'sel'],
    'excess kurtosis, less where a handful of tokens carries it',
  ),
  derived('active', 'Active', ['active'], 'share of tokens on which it is active', percent),
  column('kurtosis', 'Kurtosis', ['kurtosis', 'kurt'], 'excess kurtosis'),
  column('skewness', 'Skewness', ['skewness', 'skew'], 'skewness'),
  column('mean', 'Mean', ['mean'], 'mean activation'),
  column('std', 'σ', ['std', 'σ', 'sigma'], 'standard deviation'),
  column('median', 'Median', ['median'], 'median activation'),
  column('min', 'Min', ['min'], 'smallest activation'),
  { ...column('max', 'Max', ['max'], 'largest activation'), needs: undefined as never },
  derived(
    'strength',
    'Max / σ',
    ['strength', 'max/std', 'max/σ'],
    'largest activation in standard deviations',
  ),
];

/** The columns that a profile has something for; those of parts stand before the figures. */
export function columnsOf(store: Store): TableColumn[] {
  const columns = TABLE_COLUMNS.filter(({ needs }) => needs === undefined || store.facts.has[needs]);
  const figures = columns.findIndex(({ kind }) => kind === 'number');
  return [...columns.slice(0, figures), ...partColumns(store), ...columns.slice(figures)];
}

let order = new Float64Array(0);
function inOrder(rows: number): Float64Array {
  if (order.length !== rows) order = Float64Array.from({ length: rows }, (_, row) => row);
  return order;
}
