import { flattenPart, modelType, type TokenizerJson } from './tokenizer-json.js';

/** How a tokenizer writes text as tokens, as far as spans need to know. */
export type SpanScheme = ByteLevelScheme | MetaspaceScheme | WordPieceScheme;

/** Each token is some bytes of the text, a character of GPT-2's alphabet each. */
export interface ByteLevelScheme extends PieceScheme {
  kind: 'byte-level';
  /** A blank is set before a piece of text that has none there. */
  prefixSpace: boolean;
}

/** Tokens are text in which another sign, mostly ▁, stands for the blank. */
export interface MetaspaceScheme extends PieceScheme {
  kind: 'metaspace';
  /** The sign; null where no pre-tokenizer sets it (a normalizer may). */
  replacement: string | null;
  /** Where a sign is set before text that has none there: always, in the first section of a text, or never. */
  prepend: 'always' | 'first' | 'never';
}

/** Words are cut into the longest pieces that the vocabulary has, or are unknown as a whole. */
export interface WordPieceScheme {
  kind: 'wordpiece';
  /** What marks a piece that continues a word; mostly ##. */
  continuing: string;
  unknown: string;
}

interface PieceScheme {
  /** What the vocabulary lacks is written as tokens `<0x0A>`, a byte each. */
  byteFallback: boolean;
  /** The token of a character that the vocabulary lacks; null where there is none. */
  unknown: string | null;
  /** One unknown token stands for all unknown characters in a row. */
  fuseUnknown: boolean;
}

/** The scheme of a tokenizer by what its tokenizer.json says; null where it is none that we follow. */
export function spanScheme({ model, pre_tokenizer }: TokenizerJson): SpanScheme | null {
  switch (modelType(model)) {
    case 'WordPiece':
      return {
        kind: 'wordpiece',
        continuing: text(model['continuing_subword_prefix']),
        unknown: model.unk_token ?? '',
      };
    case 'BPE':
      // Marks at the ends of words, as CLIP has them, are not followed.
      if (text(model['continuing_subword_prefix']) + text(model['end_of_word_suffix']) !== '') return null;
      return pieceScheme(flattenPart(pre_tokenizer), {
        byteFallback: model['byte_fallback'] === true,
        unknown: model.unk_token ?? null,
        fuseUnknown: model['fuse_unk'] === true,
      });
    case 'Unigram':
      return pieceScheme(flattenPart(pre_tokenizer), {
        byteFallback: false,
        unknown: Array.isArray(model.vocab) ? (model.vocab[model.unk_id ?? -1]?.[0] ?? null) : null,
        fuseUnknown: true,
      });
    default:
      return null;
  }
}

function pieceScheme(parts: ReturnType<typeof flattenPart>, piece: PieceScheme): SpanScheme {
  const byteLevel = parts.find(({ type }) => type === 'ByteLevel');
  if (byteLevel !== undefined) {
    return { ...piece, kind: 'byte-level', prefixSpace: byteLevel['add_prefix_space'] === true };
  }
  const metaspace = parts.find(({ type }) => type === 'Metaspace');
  if (metaspace === undefined) return { ...piece, kind: 'metaspace', replacement: null, prepend: 'never' };
  const prepend = metaspace['prepend_scheme'] ?? 'always';
  return {
    ...piece,
    kind: 'metaspace',
    replacement: text(metaspace['replacement']) || '▁',
    prepend: prepend === 'first' || prepend === 'never' ? prepend : 'always',
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
