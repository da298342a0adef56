import type { TABLES } from '../../profile/format.js';
import type { ColumnValues } from '../../profile/write/column-data.js';
import type { RowTable } from '../../profile/write/row-file.js';
import { EVENTS, MEASURES, type NeuronDiff } from './neuron-diff.js';

/** Rows of a record batch: some 140 bytes each. */
const MOST_ROWS = 1 << 14;

/** diff.arrow. @param groups of the model's layers, each once */
export function diffTable(groups: readonly string[]): RowTable<'diff', NeuronDiff> {
  return {
    table: 'diff',
    names: { group: groups },
    columnsOf: (rows) => columnsOf(rows, groups),
    mostRows: MOST_ROWS,
  };
}

/** diff_match.arrow, of pairs that were matched. @param groups of the model's layers, each once */
export function matchedDiffTable(groups: readonly string[]): RowTable<'diff_match', NeuronDiff> {
  return {
    table: 'diff_match',
    names: { group: groups },
    columnsOf: (rows) => ({
      ...columnsOf(rows, groups),
      neuron_b: Int32Array.from(rows, ({ partner }) => partner!.neuron),
      match_r: Float64Array.from(rows, ({ partner }) => partner!.r),
    }),
    mostRows: MOST_ROWS,
  };
}

function columnsOf(
  rows: readonly NeuronDiff[],
  groups: readonly string[],
): ColumnValues<(typeof TABLES)['diff']> {
  const whole = (of: (row: NeuronDiff) => number) => Int32Array.from(rows, of);
  const figure = (of: (row: NeuronDiff) => number) => Float64Array.from(rows, of);
  const named = <Name extends string, A>(names: readonly Name[], of: (name: Name) => A) =>
    Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, A>;
  return {
    group: whole(({ group }) => groups.indexOf(group)),
    layer: whole(({ layer }) => layer),
    neuron: whole(({ neuron }) => neuron),
    ...named(MEASURES, (name) => figure((row) => row[name])),
    w1_bound: figure(({ w1Bound }) => w1Bound),
    ...named(EVENTS, (name) => Uint8Array.from(rows, (row) => (row[name] ? 1 : 0))),
    active_rate_a: figure(({ a }) => a.activeRate),
    active_rate_b: figure(({ b }) => b.activeRate),
    mean_a: figure(({ a }) => a.mean),
    mean_b: figure(({ b }) => b.mean),
    std_a: figure(({ a }) => a.std),
    std_b: figure(({ b }) => b.std),
  };
}
