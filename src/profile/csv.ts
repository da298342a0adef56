import { stringify } from 'csv-stringify/sync';

export type CsvCell = string | number | bigint | boolean | null;

/** What must stand in quotes beside separators and quotes: an empty text, which null is not, and a CR or LF alone. */
const QUOTED = /^$|[\r\n]/;

/** Rows as CSV (RFC 4180: CRLF, quotes doubled). Null is an empty cell, an empty text `""`. */
export function csvLines(rows: readonly (readonly CsvCell[])[]): string {
  return stringify(rows as CsvCell[][], {
    record_delimiter: 'windows',
    quoted_empty: false,
    quoted_match: QUOTED,
    cast: { boolean: String, number: String, bigint: String },
  });
}
