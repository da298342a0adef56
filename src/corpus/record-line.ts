import { Exit, UserError, type Trouble } from '../core/errors.js';
import { placeInFile } from './read-trouble.js';

/** A line of a file that is one record. */
export interface RecordLine {
  path: string;
  /** Number from 1. */
  line: number;
  /** Where the line begins in its uncompressed file. */
  startByte: number;
  /** The line without its LF; a BOM stands before it where the file begins with one. */
  bytes: Uint8Array;
}

/** What is done about a record that no option cures. */
export const MEND = 'mend or remove this line';

/** Why a record cannot be taken: what it is counted under. */
export type BadReason =
  | 'not UTF-8'
  | 'not JSON'
  | 'not an object'
  | 'no text'
  | 'not text'
  | 'half a surrogate pair'
  | 'bad id'
  | 'bad ids'
  | 'no decoder ids'
  | 'bad label'
  | 'bad spans'
  | 'line too long';

/** A record that cannot be taken, which need not keep the others from it. */
export class BadRecord extends UserError {
  readonly reason: BadReason;

  constructor(reason: BadReason, trouble: Omit<Trouble, 'exit'>) {
    super({ ...trouble, exit: Exit.DATA });
    this.reason = reason;
  }
}

/**
 * The error of a record that cannot be taken.
 * @param at byte of the fault within the line
 */
export function badRecord(
  { path, line, startByte }: RecordLine,
  reason: BadReason,
  what: string,
  todo = MEND,
  at = 0,
): BadRecord {
  return new BadRecord(reason, { what, where: placeInFile(path, line, startByte + at), todo });
}

/** What a JSON value is called in a sentence. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A record's own field; absent where it has none of that name, whatever objects inherit. */
export function fieldOf(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Text with half of a surrogate pair has no UTF-8, so no tokens and no place in a table. */
export function requireWellFormed(text: string, field: string, line: RecordLine): void {
  const half = /\p{Surrogate}/u.exec(text);
  if (half === null) return;
  const escape = `\\u${half[0].charCodeAt(0).toString(16)}`;
  throw badRecord(
    line,
    'half a surrogate pair',
    `the field "${field}" holds half of a surrogate pair (${escape}) without the other`,
  );
}
