import { tokenOfBytes } from '../core/byte-alphabet.js';
import { alignPieces } from './align-pieces.js';
import { alignWords } from './align-words.js';
import type { HfTokenizer } from './hf-tokenizer.js';
import { spanScheme, type ByteLevelScheme, type MetaspaceScheme } from './span-scheme.js';
import type { SpanWriter } from './span-writer.js';
import type { TokenizerJson } from './tokenizer-json.js';
import { prependTraced, replaceCharacters, type TracedText } from './traced-text.js';

/**
 * Walks ids along a piece of normalised text without added tokens.
 * @param section number of its section among those that added tokens cut a text into
 * @returns false where the ids do not spell it
 */
export type Aligner = (piece: TracedText, section: number, ids: Int32Array, spans: SpanWriter) => boolean;

/** The walk for a tokenizer's scheme; null where it has none that we follow. */
export function openAligner(tokenizer: HfTokenizer, json: TokenizerJson): Aligner | null {
  const scheme = spanScheme(json);
  if (scheme === null) return null;
  const tokenOf = (id: number) => tokenizer.id_to_token(id);
  if (scheme.kind === 'wordpiece') {
    return (piece, section, ids, spans) => {
      const words = tokenizer.pre_tokenizer?.(piece.text, { section_index: section }) ?? [piece.text];
      return alignWords(piece, words, ids, tokenOf, scheme, spans);
    };
  }
  const vocabulary = {
    ...scheme,
    tokenOf,
    has: (token: string) => tokenizer.token_to_id(token) !== undefined,
  };
  const write = scheme.kind === 'byte-level' ? byteLevelWriter(scheme) : metaspaceWriter(scheme);
  return (piece, section, ids, spans) => alignPieces(write(piece, section), ids, vocabulary, spans);
}

type Writer = (piece: TracedText, section: number) => TracedText;

/** Text as byte-level tokens write it. */
function byteLevelWriter({ prefixSpace }: ByteLevelScheme): Writer {
  const utf8 = new TextEncoder();
  const known = new Map<string, string>();
  const bytesOf = (character: string): string => {
    let written = known.get(character);
    if (written === undefined) known.set(character, (written = tokenOfBytes(utf8.encode(character))));
    return written;
  };
  return (piece) =>
    replaceCharacters(
      prefixSpace && !piece.text.startsWith(' ') ? prependTraced(' ', piece) : piece,
      bytesOf,
    );
}

/** Text with the sign that stands for the blank, and the sign that is set before it. */
function metaspaceWriter({ replacement, prepend }: MetaspaceScheme): Writer {
  return (piece, section) => {
    if (replacement === null) return piece;
    const written = replaceCharacters(piece, (character) => (character === ' ' ? replacement : character));
    const adds = prepend === 'always' || (prepend === 'first' && section === 0);
    return adds && !written.text.startsWith(replacement) ? prependTraced(replacement, written) : written;
  };
}
