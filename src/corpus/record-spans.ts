import { badRecord, fieldOf, kindOf, requireWellFormed, type RecordLine } from './record-line.js';
import type { CorpusRecord, TextSpan } from './types.js';

const CURE = 'mend or remove this line, or name another field with --span-field';

/**
 * The labelled spans of a record, by field: a list of `{"start", "end", "label"}`, which may be empty. `start` and `end`
 * (exclusive) count code points of the text from 0, as `char_start` and `char_end` of examples do. null where the record
 * lacks the field, or has null there.
 * @throws UserError 65 for anything else, a span that is empty or leaves the text, and spans of a record with ids
 */
export function spansOf(
  record: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  content: CorpusRecord['content'],
  line: RecordLine,
): (TextSpan[] | null)[] {
  return fields.map((field) => {
    const value = fieldOf(record, field) ?? null;
    if (value === null) return null;
    if (!Array.isArray(value)) {
      throw bad(line, `the field "${field}" is ${kindOf(value)}, not a list of {"start", "end", "label"}`);
    }
    if (content.kind === 'ids' && value.length > 0) {
      throw bad(line, `the field "${field}" has spans of a text, and this record is read as ids`);
    }
    const length = content.kind === 'ids' ? 0 : codePoints(content.text);
    return value.map((entry: unknown, i) => spanOf(entry, `${field}[${i}]`, length, line));
  });
}

/** @param place of the value in its record @param length code points of the text */
function spanOf(entry: unknown, place: string, length: number, line: RecordLine): TextSpan {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw bad(line, `${place} is ${kindOf(entry)}, not {"start", "end", "label"}`);
  const fields = entry as Readonly<Record<string, unknown>>;
  const [start, end, label] = ['start', 'end', 'label'].map((name) => fieldOf(fields, name));
  const whole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value);
  if (!whole(start) || !whole(end))
    throw bad(line, `"start" and "end" of ${place} are not whole numbers, both`);
  if (start < 0 || start >= end || end > length) {
    throw bad(
      line,
      `${place} goes from ${start} to ${end}, and must begin before it ends within the text’s ${length} characters`,
    );
  }
  if (typeof label !== 'string') throw bad(line, `"label" of ${place} is not a string`);
  requireWellFormed(label, `${place}.label`, line);
  return { start, end, label };
}

function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; count++) i += text.codePointAt(i)! > 0xffff ? 2 : 1;
  return count;
}

function bad(line: RecordLine, what: string): Error {
  return badRecord(line, 'bad spans', what, CURE);
}
