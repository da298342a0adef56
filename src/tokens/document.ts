import { Exit, UserError } from '../core/errors.js';
import { BadRecord } from '../corpus/record-line.js';
import type { CorpusRecord } from '../corpus/types.js';
import type { TokenizerHandle } from './tokenizer.js';
import type { Document, Spans } from './types.js';

/**
 * A record as the model's tokenizer sees it.
 * @param tokenizer null where none was given or found
 * @param vocabulary rows of the model's embedding; null where the graph does not say
 * @param path the record's file, as given
 * @throws UserError: 69 for a text without a tokenizer, or with one of another vocabulary;
 * 65 for ids of the record that the model does not have
 */
export function makeDocument(
  source: CorpusRecord,
  tokenizer: TokenizerHandle | null,
  vocabulary: number | null,
  path: string,
): Document {
  const where = `${path}:${source.line}:${source.startByte}`;
  const rows = vocabulary ?? Infinity;
  const decoded = source.decoderIds?.find((id) => id >= rows);
  if (decoded !== undefined) throw strangeId('decoder_input_ids', decoded, vocabulary, where);
  if (source.content.kind === 'ids') {
    const { ids } = source.content;
    const stranger = ids.find((id) => id < 0 || id >= rows);
    if (stranger !== undefined) throw strangeId('input_ids', stranger, vocabulary, where);
    return { source, ids, spans: () => null };
  }
  if (tokenizer === null) throw noTokenizer(where);
  const { text } = source.content;
  const ids = tokenizer.encode(text);
  for (const given of [tokenizer.prefix, tokenizer.suffix, ids]) {
    const stranger = given.find((id) => id >= rows);
    if (stranger !== undefined) throw strangeToken(stranger, tokenizer, rows, where);
  }
  let spans: Spans | null | undefined;
  return { source, ids, spans: () => (spans === undefined ? (spans = tokenizer.spans(text, ids)) : spans) };
}

function noTokenizer(where: string): UserError {
  return new UserError({
    what: 'this record is text, and there is no tokenizer to make ids of it',
    where,
    todo: "give the model's tokenizer.json, or its folder, with --tokenizer (or records with input_ids)",
    exit: Exit.MODEL,
  });
}

function strangeToken(id: number, tokenizer: TokenizerHandle, rows: number, where: string): UserError {
  return new UserError({
    what: `the tokenizer gives token ${JSON.stringify(tokenizer.tokenOf(id))} the id ${id}, but the model's embedding has ${rows} rows (0 to ${rows - 1}); the tokenizer is ${tokenizer.path}`,
    where,
    todo: 'give the tokenizer of this model with --tokenizer',
    exit: Exit.MODEL,
  });
}

function strangeId(field: string, id: number, vocabulary: number | null, where: string): UserError {
  const size =
    vocabulary === null ? '' : `; the model's embedding has ${vocabulary} rows (0 to ${vocabulary - 1})`;
  return new BadRecord('bad ids', {
    what: `${field} has ${id}, which is no id of this model${size}`,
    where,
    todo: 'make the ids with the tokenizer of this model',
  });
}
