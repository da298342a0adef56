import { Exit, UserError } from '../core/errors.js';
import { BadRecord } from '../corpus/record-line.js';
import type { TokenizerHandle } from './tokenizer.js';
import type { Document, Window } from './types.js';

export interface WindowSettings {
  /** Most ids of a window, special tokens included. */
  context: number;
  /** Whether statistics count special tokens, too. */
  countSpecial: boolean;
  /** Positions of each sequence as fed that statistics leave out, from the first; special tokens are among them. */
  skipFirst: number;
  /** Tokens of a text that statistics leave out, from the first: its head (skip-until.ts); absent: none. */
  skipTokens?: number;
}

/**
 * Cuts a document into the sequences that go through the model (design §2):
 * a text's ids into consecutive runs that leave room for the special tokens
 * set around each; ids of a record as they stand, nothing added.
 * @throws UserError (2) where the context has no room beside the special tokens
 */
export function cutWindows(
  document: Document,
  tokenizer: TokenizerHandle | null,
  settings: WindowSettings,
): Window[] {
  const { content } = document.source;
  if (content.kind === 'ids') return cutIds(document, content.attentionMask, tokenizer, settings);
  if (tokenizer === null) throw new Error('a text without a tokenizer has no ids to cut');
  return cutText(document, tokenizer, settings);
}

/**
 * The windows of an encoder–decoder model's decoder: the record's
 * `decoder_input_ids`, cut as they stand into runs of the context. The encoder
 * is fed the document's first window with each.
 * @param path the record's file, for errors
 * @throws UserError (65) where the record brings none
 */
export function cutDecoderWindows(
  document: Document,
  tokenizer: TokenizerHandle | null,
  settings: WindowSettings,
  path: string,
): Window[] {
  const { source } = document;
  if (source.decoderIds === undefined) {
    throw new BadRecord('no decoder ids', {
      what: 'this record has no decoder_input_ids, which the model’s decoder is fed',
      where: `${path}:${source.line}:${source.startByte}`,
      todo: 'give each record its own, or profile the encoder (--layers enc.0-… , or its own .onnx file)',
    });
  }
  const [first] = cutWindows(document, tokenizer, settings);
  if (first === undefined) return [];
  const decoded: Document = { source, ids: source.decoderIds, spans: () => null };
  return cutIds(decoded, null, tokenizer, settings).map((window) => ({ ...window, source: first.ids }));
}

function cutText(document: Document, tokenizer: TokenizerHandle, settings: WindowSettings): Window[] {
  const { prefix, suffix } = tokenizer;
  const room = requireRoom(tokenizer, settings.context);
  const windows: Window[] = [];
  for (let start = 0; start < document.ids.length; start += room) {
    const run = document.ids.subarray(start, start + room);
    const length = prefix.length + run.length + suffix.length;
    const ids = new Int32Array(length);
    ids.set(prefix);
    ids.set(run, prefix.length);
    ids.set(suffix, prefix.length + run.length);
    const tokenIndex = new Int32Array(length).fill(-1);
    for (let i = 0; i < run.length; i++) tokenIndex[prefix.length + i] = start + i;
    const counted = countedOf(tokenIndex, null, settings);
    const before = document.ids[start - 1] ?? -1;
    windows.push({ document, window: windows.length, ids, attentionMask: null, counted, tokenIndex, before });
  }
  return windows;
}

/**
 * Ids of a text that fit in a window beside the special tokens.
 * @throws UserError (2) where there is no room for any
 */
export function requireRoom(tokenizer: TokenizerHandle, context: number): number {
  const room = context - tokenizer.prefix.length - tokenizer.suffix.length;
  if (room < 1) throw noRoom(tokenizer, context);
  return room;
}

function cutIds(
  document: Document,
  mask: Uint8Array | null,
  tokenizer: TokenizerHandle | null,
  settings: WindowSettings,
): Window[] {
  const { ids } = document;
  const [first, end] = plainRange(ids, mask, tokenizer);
  const indices = ids.map((_, i) => (i < first || i >= end ? -1 : i - first));
  const windows: Window[] = [];
  for (let start = 0; start < ids.length; start += settings.context) {
    const stop = Math.min(start + settings.context, ids.length);
    const part = mask?.slice(start, stop) ?? null;
    const attentionMask = part?.includes(0) === true ? part : null;
    const tokenIndex = indices.slice(start, stop);
    windows.push({
      document,
      window: windows.length,
      ids: ids.slice(start, stop),
      attentionMask,
      counted: countedOf(tokenIndex, attentionMask, settings),
      tokenIndex,
      before: ids[start - 1] ?? -1,
    });
  }
  return windows;
}

/**
 * Where the ids of a record lie between the special tokens at its start and end: first, one past the last.
 * Padding that the record's mask leaves out at either end stands outside of them.
 */
function plainRange(
  ids: Int32Array,
  mask: Uint8Array | null,
  tokenizer: TokenizerHandle | null,
): [first: number, end: number] {
  const start = mask === null ? 0 : mask.indexOf(1);
  const stop = mask === null ? ids.length : mask.lastIndexOf(1) + 1;
  if (tokenizer === null || start === -1) return [0, ids.length];
  const { prefix, suffix } = tokenizer;
  const begins = start + prefix.length <= stop && prefix.every((id, i) => id === ids[start + i]);
  const first = begins ? start + prefix.length : start;
  const tail = stop - suffix.length;
  const ends = tail >= first && suffix.every((id, i) => id === ids[tail + i]);
  return [first, ends ? tail : stop];
}

function countedOf(
  tokenIndex: Int32Array,
  attentionMask: Uint8Array | null,
  { countSpecial, skipFirst, skipTokens = 0 }: WindowSettings,
): Uint8Array {
  // A special token goes with the text's token before it, or, where it begins the window, with the first.
  let beside = tokenIndex.find((index) => index !== -1) ?? skipTokens;
  return Uint8Array.from(tokenIndex, (index, position) => {
    if (index !== -1) beside = index;
    const isAsked = index !== -1 || countSpecial;
    return isAsked && position >= skipFirst && attentionMask?.[position] !== 0 && beside >= skipTokens
      ? 1
      : 0;
  });
}

function noRoom({ prefix, suffix }: TokenizerHandle, context: number): UserError {
  const special = prefix.length + suffix.length;
  return new UserError({
    what: `a context of ${context} has no room for text: the tokenizer adds ${special} special token${special === 1 ? '' : 's'} to each window`,
    where: '--context',
    todo: `give ${special + 1} or more`,
    exit: Exit.USAGE,
  });
}
