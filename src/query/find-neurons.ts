import { Exit, UserError } from '../core/errors.js';
import { EXPLAINED_NEURON_COLUMNS, explainedNeuronColumns } from '../profile/explained-columns.js';
import type { Column } from '../profile/format.js';
import type { OpenProfile } from '../profile/open-profile.js';
import type { Manifest } from '../profile/types.js';
import { check } from './check.js';
import { evaluate, type Value, type ValueOfRow } from './evaluate.js';
import { columnsOf, type Expression } from './expression.js';
import { expressionTrouble } from './expression-trouble.js';
import { OWN_COLUMNS, QUERY_COLUMNS, type ValueType } from './neuron-columns.js';
import { parse } from './parse.js';
import { readColumns } from './read-columns.js';

/** What is asked for, as the user wrote it; each expression is checked before anything is read. */
export interface Query {
  /** Which neurons; null (default): all. */
  where?: string | null;
  /** Expressions, the first weighs most; one with - before it from the largest down. Default: the order of the model. */
  sort?: readonly string[];
  /** Expressions to show; default: the columns of neurons.arrow. */
  columns?: readonly string[];
  /** Neurons given at most; null (default): all that match. */
  limit?: number | null;
}

/** A column of what was found: one of the profile's, or computed (float64 or bool, null where undefined). */
export interface FoundColumn extends Column {
  title: string;
}

/** What `findNeurons` found, as a table. */
export interface Found {
  columns: FoundColumn[];
  /** A list a neuron, a value a column. */
  rows: Value[][];
  /** Neurons that match, whatever the limit. */
  matched: number;
  /** Neurons that were looked at. */
  of: number;
}

interface Key {
  value: Expression;
  descending: boolean;
}

/**
 * Finds neurons by their figures. Sorted by the keys, nulls last whichever way, equals in the order of the model.
 * @throws UserError (exit 2) at what is wrong in an expression; 65 where the profile has no figures
 */
export function findNeurons(
  profile: OpenProfile,
  { where: condition = null, sort = [], columns = OWN_COLUMNS, limit = null }: Query = {},
): Found {
  const where = condition === null ? null : checked(condition, 'truth').expression;
  const keys = sort.map(sortKey);
  const shown = columns.map((text) => ({ text, ...checked(text, null) }));
  if (!profile.has('neurons')) throw noFigures(profile.manifest.command);

  const expressions = [...(where ? [where] : []), ...keys.map(({ value }) => value)];
  const needed = [...expressions, ...shown.map(({ expression }) => expression)].flatMap(columnsOf);
  requireExplained(profile.manifest, needed);
  const read = readColumns(profile, needed);
  const valuesOf = (column: string): ValueOfRow => {
    const values = read.of.get(column)!;
    return (row) => values[row]!;
  };
  const all = Array.from({ length: read.neurons }, (_, row) => row);
  const matches = where === null ? null : evaluate(where, valuesOf);
  const matched = matches === null ? all : all.filter((row) => matches(row) === true);
  const compare = comparison(keys, valuesOf);
  if (compare !== null) matched.sort(compare);
  const cells = shown.map(({ expression }) => evaluate(expression, valuesOf));
  return {
    columns: shown.map(({ text, expression, type }) => columnOf(text, expression, type)),
    rows: matched.slice(0, limit ?? Infinity).map((row) => cells.map((cell) => cell(row))),
    matched: matched.length,
    of: read.neurons,
  };
}

/** @param wanted what it must be of; null: anything */
function checked(text: string, wanted: ValueType | null): { expression: Expression; type: ValueType } {
  const expression = parse(text);
  const type = check(expression, text);
  if (wanted === 'truth' && type !== 'truth')
    throw expressionTrouble(
      text,
      expression,
      'this is no condition',
      'compare it with something: kurtosis > 20',
    );
  return { expression, type };
}

function sortKey(text: string): Key {
  const descending = text.trimStart().startsWith('-');
  const { expression } = checked(descending ? text.replace('-', ' ') : text, null);
  return { value: expression, descending };
}

/** Array.sort is stable, so what is equal stays in the order of the model. */
function comparison(
  keys: readonly Key[],
  valuesOf: (column: string) => ValueOfRow,
): ((a: number, b: number) => number) | null {
  if (keys.length === 0) return null;
  const order = keys.map(({ value, descending }) => ({ of: evaluate(value, valuesOf), descending }));
  return (rowA, rowB) => {
    for (const { of, descending } of order) {
      const [a, b] = [of(rowA), of(rowB)];
      if (a === null || b === null) {
        if (a !== b) return a === null ? 1 : -1;
      } else if (a < b) return descending ? 1 : -1;
      else if (a > b) return descending ? -1 : 1;
    }
    return 0;
  };
}

function columnOf(text: string, expression: Expression, type: ValueType): FoundColumn {
  const column = expression.kind === 'column' ? QUERY_COLUMNS.get(expression.name)! : null;
  const title = text.trim();
  if (column !== null) return { ...column, title };
  const says = 'computed';
  if (type === 'truth') return { title, says, type: 'bool', unit: '' };
  if (type === 'text') return { title, says, type: 'text', unit: '' };
  return { title, says, type: 'float64', unit: '', null: 'undefined' };
}

/** @throws UserError (exit 2) where columns are asked for that the profile was made without */
function requireExplained({ settings }: Manifest, needed: readonly string[]): void {
  const kinds = (settings['explain'] ?? []) as string[];
  const has = explainedNeuronColumns(kinds);
  const lacking = needed.find(
    (name) => name in EXPLAINED_NEURON_COLUMNS && (kinds.length === 0 || !(name in has)),
  );
  if (lacking === undefined) return;
  throw new UserError({
    what: `this profile has no column "${lacking}"`,
    where: `neurons.arrow, of a run ${kinds.length === 0 ? 'without --explain' : `with --explain ${kinds.join(',')}`}`,
    todo: 'make it again with --explain position,token,previous and --force',
    exit: Exit.USAGE,
  });
}

function noFigures(command: string): UserError {
  return new UserError({
    what: 'this profile has no figures of neurons to ask for',
    where: 'neurons.arrow, which is not there',
    todo: `${command} does not write it: make a profile with neuroprobe profile, or stats`,
    exit: Exit.DATA,
  });
}
