import { Exit, UserError } from '../core/errors.js';
import { buildTokenizer, type HfTokenizer } from './hf-tokenizer.js';
import { openSpanFinder } from './spans.js';
import { deriveSpecialTokens } from './special-tokens.js';
import { readJson, tokenizerFiles } from './tokenizer-files.js';
import { readTokenizerJson, type TokenizerJson } from './tokenizer-json.js';
import type { Spans } from './types.js';

export { tokenizerFiles } from './tokenizer-files.js';

/** A tokenizer as the run uses it. */
export interface TokenizerHandle {
  /** Where its tokenizer.json lies. */
  path: string;
  /** One past the largest id that it can give. */
  vocabulary: number;
  /** Special tokens that its post-processor sets before and after one sequence. */
  prefix: Int32Array;
  suffix: Int32Array;
  /**
   * All ids of a text, without prefix and suffix; special tokens that the text spells keep their ids.
   * Truncation and padding of tokenizer.json do not apply.
   */
  encode: (text: string) => Int32Array;
  /** The vocabulary's string; null for an id that it has not. */
  tokenOf: (id: number) => string | null;
  /** Spans of `ids`, which `encode` gave of `text`; null where they cannot be derived. */
  spans: (text: string, ids: Int32Array) => Spans | null;
}

/**
 * Opens a tokenizer.json, or that of a folder, with the tokenizer_config.json beside it.
 * @throws UserError: 66 where there is none, 74 where it cannot be read, 65 where it is
 * not one, 69 where it has parts that we cannot run
 */
export async function openTokenizer(path: string): Promise<TokenizerHandle> {
  const [main, config] = tokenizerFiles(path);
  const where = main!.location;
  const json = readTokenizerJson(await readJson(where), where);
  const tokenizer = build(json, config === undefined ? {} : await readJson(config.location), where);
  const encode = (text: string, special: boolean) =>
    tokenizer.encode(text, { add_special_tokens: special }).ids;
  const special = deriveSpecialTokens(encode);
  if (special === null) {
    throw unusable('its post-processor does not set special tokens around the text alone', where);
  }
  return {
    path: where,
    vocabulary: largestId(json) + 1,
    ...special,
    encode: (text) => checkedIds(encode(text, false), where),
    tokenOf: (id) => tokenizer.id_to_token(id) ?? null,
    spans: openSpanFinder(tokenizer, json),
  };
}

function build(json: TokenizerJson, config: unknown, where: string): HfTokenizer {
  try {
    return buildTokenizer(json, typeof config === 'object' && config !== null ? config : {});
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), where, cause);
  }
}

function checkedIds(ids: readonly (number | null | undefined)[], where: string): Int32Array {
  const checked = new Int32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (typeof id !== 'number') {
      throw unusable('its vocabulary lacks a piece of a text, and it has no unknown token', where);
    }
    checked[i] = id;
  }
  return checked;
}

function largestId({ model, added_tokens }: TokenizerJson): number {
  let largest = Array.isArray(model.vocab) ? model.vocab.length - 1 : -1;
  if (!Array.isArray(model.vocab)) {
    for (const token in model.vocab) largest = Math.max(largest, model.vocab[token]!);
  }
  for (const { id } of added_tokens) largest = Math.max(largest, id);
  return largest;
}

function unusable(fault: string, where: string, cause?: unknown): UserError {
  return new UserError({
    what: `this tokenizer cannot be used: ${fault}`,
    where,
    todo: 'tokenize the corpus yourself and give each record its "input_ids"',
    exit: Exit.MODEL,
    cause,
  });
}
