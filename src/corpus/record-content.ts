import { badRecord, fieldOf, kindOf, MEND, requireWellFormed, type RecordLine } from './record-line.js';
import { suggestField } from './suggest-field.js';
import type { CorpusRecord, RecordFields } from './types.js';

type Content = CorpusRecord['content'];
type Fields = Readonly<Record<string, unknown>>;

/** Largest id: what an int32 holds. */
const MOST_ID = 2 ** 31 - 1;

const MASK_FIELD = 'attention_mask';

/**
 * What of a record goes through the model: its ready-made ids where it has them, else its text. Ids that are
 * null count as absent, as exporters write them where some records have ids and some have not.
 * @throws UserError 65
 */
export function contentOf(
  record: Fields,
  { textField, idField, idsField }: RecordFields,
  line: RecordLine,
): Content {
  const ids = fieldOf(record, idsField) ?? null;
  if (ids !== null) return idsOf(ids, idsField, fieldOf(record, MASK_FIELD) ?? null, line);
  const text = fieldOf(record, textField);
  if (text === undefined) {
    throw badRecord(
      line,
      'no text',
      `no field "${textField}" in this record`,
      suggestField(record, textField, idField),
    );
  }
  if (typeof text !== 'string') throw notText(text, textField, line);
  requireWellFormed(text, textField, line);
  return { kind: 'text', text };
}

const DECODER_FIELD = 'decoder_input_ids';

/**
 * What a decoder is fed beside the record's text or ids; null where the record brings none.
 * @throws UserError 65
 */
export function decoderIdsOf(record: Fields, line: RecordLine): Int32Array | null {
  const ids = fieldOf(record, DECODER_FIELD) ?? null;
  if (ids === null) return null;
  return Int32Array.from(integersOf(ids, DECODER_FIELD, { most: MOST_ID, called: 'an id' }, line));
}

function notText(value: unknown, field: string, line: RecordLine): Error {
  if (value === null) return badRecord(line, 'no text', `the field "${field}" is null, and no text`);
  const todo = `${MEND}, or name the field that holds its text with --text-field`;
  return badRecord(line, 'not text', `the field "${field}" is ${kindOf(value)}, not a string`, todo);
}

function idsOf(value: unknown, field: string, mask: unknown, line: RecordLine): Content {
  const ids = integersOf(value, field, { most: MOST_ID, called: 'an id' }, line);
  if (mask === null) return { kind: 'ids', ids: Int32Array.from(ids), attentionMask: null };
  const kept = integersOf(mask, MASK_FIELD, { most: 1, called: '0 or 1' }, line);
  if (kept.length !== ids.length) {
    const lengths = `"${MASK_FIELD}" has ${kept.length} entries, and "${field}" ${ids.length}`;
    throw badRecord(line, 'bad ids', `${lengths}: they must be as many`);
  }
  return { kind: 'ids', ids: Int32Array.from(ids), attentionMask: Uint8Array.from(kept) };
}

/** A list of whole numbers from 0 to `most`, inclusive. */
function integersOf(
  value: unknown,
  field: string,
  { most, called }: { most: number; called: string },
  line: RecordLine,
): number[] {
  if (!Array.isArray(value))
    throw badRecord(line, 'bad ids', `the field "${field}" is ${kindOf(value)}, not a list`);
  const wrong = value.findIndex(
    (entry) => typeof entry !== 'number' || !Number.isInteger(entry) || entry < 0 || entry > most,
  );
  if (wrong === -1) return value as number[];
  const entry: unknown = value[wrong];
  const found = typeof entry === 'number' ? String(entry) : kindOf(entry);
  const range = most === 1 ? '' : `, a whole number from 0 to ${most}`;
  throw badRecord(line, 'bad ids', `${field}[${wrong}] is ${found}, not ${called}${range}`);
}
