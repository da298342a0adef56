import { badRecord, fieldOf, kindOf, requireWellFormed, type RecordLine } from './record-line.js';

/**
 * The labels of a record, by field: each once, in the order of the record. A field is a string, a number or a boolean,
 * or a list of these, which may be empty. null where the record lacks the field, or has null there.
 * @throws UserError 65 for anything else
 */
export function labelsOf(
  record: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  line: RecordLine,
): (string[] | null)[] {
  return fields.map((field) => {
    const value = fieldOf(record, field) ?? null;
    if (value === null) return null;
    const labels = Array.isArray(value)
      ? value.map((entry: unknown, i) => labelOf(entry, `${field}[${i}]`, line))
      : [labelOf(value, field, line)];
    return [...new Set(labels)];
  });
}

/** @param place of the value in its record */
function labelOf(value: unknown, place: string, line: RecordLine): string {
  if (typeof value === 'string') {
    requireWellFormed(value, place, line);
    return value;
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') {
    throw badRecord(
      line,
      'bad label',
      `the label in "${place}" is ${kindOf(value)}, and no string, number or boolean`,
      'mend or remove this line, or name another field with --label-field',
    );
  }
  // Larger numbers than a double tells from their neighbours would fall together in silence.
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw badRecord(
      line,
      'bad label',
      `the label in "${place}" is a number too large to be told from the next`,
      'write it as a string, or name another field with --label-field',
    );
  }
  return String(value);
}
