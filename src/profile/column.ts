/** What a column can hold, and the Arrow type that holds it. */
export const COLUMN_TYPES = {
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float32: 'float32',
  float64: 'float64',
  text: 'utf8',
  name: 'dictionary<utf8, int32>: a few values, all known before the first row',
  texts: 'list<utf8>',
  int32s: 'list<int32>',
  float32s: 'list<float32>',
} as const;
export type ColumnType = keyof typeof COLUMN_TYPES;

export interface Column {
  type: ColumnType;
  /** What one is of: `tokens`, `activation`, `bytes` …; '' for pure numbers and names. */
  unit: string;
  /** In the words that stand in the file's own metadata. */
  says: string;
  /** What null means; absent where there is none. */
  null?: string;
}

export type Columns = Readonly<Record<string, Column>>;

/** The columns that say which neuron a row is of. */
export const NEURON = {
  group: { type: 'name', unit: '', says: 'encoder or decoder; empty where the model has one group' },
  layer: { type: 'int32', unit: '', says: 'FFN, from 0 in order of execution within its group' },
  neuron: { type: 'int32', unit: '', says: 'column of the FFN’s intermediate, from 0' },
} as const satisfies Columns;

/** Kinds of columns that several tables have; what each says is its own. */
export const count = (says: string) => ({ type: 'int64', unit: 'tokens', says }) as const;
export const activation = (says: string, none: string) =>
  ({ type: 'float32', unit: 'activation', says, null: none }) as const;
export const figure = (says: string, unit = 'activation') =>
  ({ type: 'float64', unit, says, null: 'no finite value, undefined, or not to be trusted' }) as const;
export const quantile = (q: number) =>
  ({
    type: 'float64',
    unit: 'activation',
    says: `quantile ${q}, to one bin of the histogram`,
    null: 'no finite value, or in a clamped bin',
  }) as const;
export const place = (unit: string, says: string) =>
  ({ type: 'int32', unit, says, null: 'no finite value' }) as const;
export const whole = (says: string, unit = '') => ({ type: 'int32', unit, says }) as const;
export const documents = (says: string) => ({ type: 'int64', unit: 'documents', says }) as const;
