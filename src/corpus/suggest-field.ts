import { closestName } from '../core/closest-name.js';

/** Names that an error lists; a record may have hundreds. */
const LISTED = 8;

/** Characters of a name that an error shows. */
const SHOWN = 40;

/**
 * What to do about a record without the text field: the field that was likely meant, if one was, and
 * those that there are.
 */
export function suggestField(
  record: Readonly<Record<string, unknown>>,
  textField: string,
  idField: string,
): string {
  const names = Object.keys(record);
  if (names.length === 0) return 'mend or remove this line: its object is empty';
  const texts = names.filter((name) => typeof record[name] === 'string' && name !== idField);
  const meant = closestName(texts, textField) ?? (texts.length === 1 ? texts[0]! : null);
  const listed = names.slice(0, LISTED).map(showName).join(', ');
  const has = names.length > LISTED ? `${listed} and ${names.length - LISTED} more` : listed;
  return meant === null
    ? `name its text with --text-field; it has: ${has}`
    : `try --text-field ${asWord(meant)}; it has: ${has}`;
}

/** A name from a record as a sentence can hold it. */
function showName(name: string): string {
  if (name === '') return '""';
  return name.length <= SHOWN ? name : `${name.slice(0, SHOWN - 1)}…`;
}

/** A name as a shell takes it for one word. */
function asWord(name: string): string {
  return /^[\w.:@%+,/][-\w.:@%+,/]*$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
