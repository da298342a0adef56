import { EXPLAINED_NEURON_COLUMNS } from '../profile/explained-columns.js';
import { LAYER_COLUMNS, NEURON_COLUMNS, type Column } from '../profile/format.js';

/** What an expression can be of. */
export type ValueType = 'number' | 'text' | 'truth';

/** A column that a neuron can be asked for. */
export interface QueryColumn extends Column {
  /** As an expression names it. */
  name: string;
  /** Where its values stand: a table, or computed from it. */
  of: { table: 'neurons' | 'layers'; column: string } | { computed: 'name' | 'selectivity' };
}

const COMPUTED: readonly QueryColumn[] = [
  {
    name: 'name',
    type: 'text',
    unit: '',
    says: 'the neuron’s name, such as L5.N1337',
    of: { computed: 'name' },
  },
  {
    name: 'selectivity',
    type: 'float64',
    unit: '',
    says: 'kurtosis · exp(−(10 / c)²), c = count / (kurtosis + 3): what the report ranks neurons by',
    null: 'dead or broken, skewness not above 0, or no kurtosis',
    of: { computed: 'selectivity' },
  },
];

/** Columns by which layers.arrow is joined. */
const KEYS = ['group', 'layer'];

/**
 * Every column by its name: those of neurons.arrow, those of its layer in layers.arrow (with `layers.`
 * before the name where neurons.arrow has one of that name too), and what is computed of them.
 */
export const QUERY_COLUMNS: ReadonlyMap<string, QueryColumn> = new Map(
  [
    ...tableColumns('neurons', { ...NEURON_COLUMNS, ...EXPLAINED_NEURON_COLUMNS }),
    ...layerColumns(),
    ...COMPUTED,
  ].map((column) => [column.name, column]),
);

/** The columns of neurons.arrow, in its order, by `name` before them. */
export const OWN_COLUMNS: readonly string[] = ['name', ...Object.keys(NEURON_COLUMNS)];

export function valueTypeOf({ type }: Column): ValueType {
  if (type === 'bool') return 'truth';
  return type === 'text' || type === 'name' ? 'text' : 'number';
}

function layerColumns(): QueryColumn[] {
  return tableColumns('layers', LAYER_COLUMNS)
    .filter(({ name }) => !KEYS.includes(name))
    .map((column) => (column.name in NEURON_COLUMNS ? { ...column, name: `layers.${column.name}` } : column));
}

function tableColumns(table: 'neurons' | 'layers', columns: Readonly<Record<string, Column>>): QueryColumn[] {
  return Object.entries(columns).map(([name, column]) => ({ ...column, name, of: { table, column: name } }));
}
