import { badRecord, fieldOf, kindOf, requireWellFormed, type RecordLine } from './record-line.js';
import type { ParsedObject } from './parse-object.js';

/**
 * A record's id as text; null where it has none.
 * @throws UserError 65 where it is a list or an object
 */
export function recordId({ fields, json }: ParsedObject, idField: string, line: RecordLine): string | null {
  const id = fieldOf(fields, idField) ?? null;
  if (id === null || typeof id === 'boolean') return id === null ? null : String(id);
  if (typeof id === 'number') return Number.isSafeInteger(id) ? String(id) : asSpelt(id, idField, json);
  if (typeof id === 'string') {
    requireWellFormed(id, idField, line);
    return id;
  }
  const todo = 'name a field that holds text or a number with --id-field, or mend or remove this line';
  throw badRecord(
    line,
    'bad id',
    `the id in the field "${idField}" is ${kindOf(id)}, not text or a number`,
    todo,
  );
}

/**
 * A whole number past 2^53, as many services number things: its digits from the
 * JSON, since a double has lost the last ones. Where they cannot be told from
 * another field's of that name, further in, what the double says.
 */
function asSpelt(id: number, idField: string, json: string): string {
  const name = JSON.stringify(idField).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const spellings = new Set<string>();
  for (const [, digits] of json.matchAll(new RegExp(`${name}\\s*:\\s*(-?\\d+)(?![\\d.eE])`, 'g'))) {
    if (Number(digits) === id) spellings.add(digits!);
  }
  const [only] = spellings;
  return spellings.size === 1 ? only! : String(id);
}
