import type { Found } from './find-neurons.js';
import type { Value } from './evaluate.js';

/** What was found as a JSON array, an object a line. Integers beyond 2^53 keep all their digits. */
export function foundJson({ columns, rows }: Pick<Found, 'columns' | 'rows'>): string {
  const names = columns.map(({ title }) => JSON.stringify(title));
  const lines = rows.map((row) => `  {${row.map((value, i) => `${names[i]!}: ${json(value)}`).join(', ')}}`);
  return lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n]`;
}

function json(value: Value): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`a figure is ${value}`);
  return JSON.stringify(value);
}
