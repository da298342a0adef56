import { figure, grouped, percent } from '../report/numbers.js';
import type { Paint } from '../report/paint.js';
import { textTable, type Column } from '../report/text-table.js';
import { textWidth } from '../report/text-width.js';
import { visible } from '../report/visible.js';
import type { Value } from './evaluate.js';
import { columnsOf } from './expression.js';
import type { Found, FoundColumn } from './find-neurons.js';
import { parse } from './parse.js';

/** Shown beside what was asked by, as long as there is room. */
const USUAL = ['active_rate', 'mean', 'std', 'kurtosis', 'min', 'max', 'median', 'skewness'];
/** What a name says already. */
const IN_NAME = ['name', 'group', 'layer', 'neuron'];

/** The columns of a table that names none: the name, what the expressions are about, the usual figures. */
export function usualColumns(where: string | null, sort: readonly string[]): string[] {
  const asked = [...sort.map((key) => key.replace(/^\s*-/, '')), ...(where === null ? [] : [where])];
  const named = asked.flatMap((text) => columnsOf(parse(text)));
  return ['name', ...new Set([...named, ...USUAL].filter((name) => !IN_NAME.includes(name)))];
}

export interface TableLook {
  paint: Paint;
  /** Columns of text. */
  width: number;
  /** Whether columns that do not fit may be left out. */
  mayCut: boolean;
}

/** What was found as a table for people: figures with four digits. */
export function foundTable({ columns, rows }: Found, { paint, width, mayCut }: TableLook): string {
  const cells = rows.map((row) => row.map((value, i) => cellOf(value, columns[i]!)));
  const widths = columns.map(({ title }, i) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[i]!))),
  );
  let used = widths[0]!;
  let shown = 1;
  for (; shown < columns.length; shown++) {
    used += 2 + widths[shown]!;
    if (mayCut && used > width) break;
  }
  const heads = columns
    .slice(0, shown)
    .map((column): Column => ({ title: column.title, align: alignOf(column) }));
  const [titles, ...lines] = textTable(
    heads,
    cells.map((row) => row.slice(0, shown)),
  );
  return [paint.heading(titles!), ...lines].join('\n');
}

function alignOf({ type }: FoundColumn): Column['align'] {
  return type === 'text' || type === 'name' || type === 'bool' ? 'left' : 'right';
}

function cellOf(value: Value, { type, unit }: FoundColumn): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return visible(value);
  if (typeof value === 'bigint' || type === 'int32' || type === 'int64') return grouped(value);
  return unit === 'share' ? percent(value) : figure(value);
}
