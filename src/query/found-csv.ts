import { csvLines } from '../profile/csv.js';
import type { Found } from './find-neurons.js';

/** What was found as CSV (RFC 4180), a header first; null is an empty cell. */
export function foundCsv({ columns, rows }: Pick<Found, 'columns' | 'rows'>): string {
  return csvLines([columns.map(({ title }) => title), ...rows]);
}
