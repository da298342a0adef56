/** Names that an error lists; a record may have hundreds. */
const LISTED = 8;

/** Characters of a name that an error shows. */
const SHOWN = 40;

/** Edits between what was asked for and a name that still counts as a slip of the pen. */
const SLIP = 2;

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
  const meant = closest(texts, textField) ?? (texts.length === 1 ? texts[0]! : null);
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

/** The name most like the one asked for, if it is a slip away or the same in another case. */
function closest(names: readonly string[], asked: string): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of names) {
    const distance = editDistance(name.toLowerCase(), asked.toLowerCase());
    if (distance > SLIP || distance >= asked.length) continue;
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best?.name ?? null;
}

/** Levenshtein's distance; past `SLIP` only some number above it. https://en.wikipedia.org/wiki/Levenshtein_distance */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > SLIP) return SLIP + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
