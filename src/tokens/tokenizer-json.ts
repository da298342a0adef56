import { Exit, UserError } from '../core/errors.js';

/** The parts of a tokenizer.json that we read ourselves, in its own words. */
export interface TokenizerJson {
  added_tokens: AddedToken[];
  normalizer: Part | null;
  pre_tokenizer: Part | null;
  post_processor: Part | null;
  decoder: Part | null;
  model: ModelPart;
}

export interface AddedToken {
  id: number;
  content: string;
  lstrip?: boolean;
  rstrip?: boolean;
  normalized?: boolean;
  special?: boolean;
}

/** A normalizer, pre-tokenizer, post-processor or decoder: a type and its fields. */
export interface Part {
  type: string;
  [field: string]: unknown;
}

export interface ModelPart {
  type?: string;
  /** Token → id; of Unigram: [token, score], the id is the place. */
  vocab: Record<string, number> | [string, number][];
  unk_token?: string | null;
  unk_id?: number | null;
  [field: string]: unknown;
}

const PARTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const;

/**
 * Takes what JSON.parse made of a tokenizer.json; parts that the file leaves out are null.
 * @throws UserError (65) where it is something else
 */
export function readTokenizerJson(json: unknown, where: string): TokenizerJson {
  if (!isObject(json) || !isObject(json['model']) || !isObject(json['model']['vocab']))
    throw notTokenizer('has no "model" with a "vocab"', where);
  const model = json['model'];
  if (model['type'] === 'BPE' && !Array.isArray(model['merges']))
    throw notTokenizer('has a BPE model without "merges"', where);
  const added = json['added_tokens'] ?? [];
  if (!Array.isArray(added) || !added.every(isAddedToken))
    throw notTokenizer('has "added_tokens" that are no list of tokens with "id" and "content"', where);
  for (const part of PARTS) {
    const value = json[part] ?? null;
    if (value !== null && !(isObject(value) && typeof value['type'] === 'string'))
      throw notTokenizer(`has a "${part}" without a "type"`, where);
  }
  const absent = Object.fromEntries(PARTS.map((part) => [part, null]));
  return { ...absent, ...json, added_tokens: added } as unknown as TokenizerJson;
}

/** Which model a file means; older files leave the type out. */
export function modelType({ type, vocab, merges }: ModelPart): string {
  if (type !== undefined) return type;
  if (Array.isArray(vocab)) return 'Unigram';
  return merges === undefined ? 'WordPiece' : 'BPE';
}

/** A part and, of a Sequence, its parts in order. */
export function flattenPart(part: Part | null): Part[] {
  if (part === null) return [];
  if (part.type !== 'Sequence') return [part];
  const parts = part['pretokenizers'] ?? part['normalizers'];
  return Array.isArray(parts) ? parts.flatMap((inner) => flattenPart(inner as Part)) : [];
}

function isAddedToken(value: unknown): value is AddedToken {
  return isObject(value) && Number.isInteger(value['id']) && typeof value['content'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function notTokenizer(fault: string, where: string): UserError {
  return new UserError({
    what: `this is not a tokenizer.json of Hugging Face: it ${fault}`,
    where,
    todo: 'give the tokenizer.json that lies beside the model, or its folder, with --tokenizer',
    exit: Exit.DATA,
  });
}
