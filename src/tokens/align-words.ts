import type { WordPieceScheme } from './span-scheme.js';
import type { SpanWriter } from './span-writer.js';
import type { TracedText } from './traced-text.js';

/**
 * Walks ids along the words of a text, blanks between them skipped: a word's
 * pieces spell it, or the unknown token stands for it whole.
 * @param words in order, as the pre-tokenizer cut them
 * @returns false where they do not
 */
export function alignWords(
  target: TracedText,
  words: readonly string[],
  ids: Int32Array,
  tokenOf: (id: number) => string | undefined,
  scheme: WordPieceScheme,
  spans: SpanWriter,
): boolean {
  let start = 0;
  for (const word of words) {
    while (start < target.text.length && !target.text.startsWith(word, start)) {
      if (target.text[start]!.trim() !== '') return false;
      start++;
    }
    const end = start + word.length;
    if (end > target.text.length) return false;
    for (let unit = start; unit < end;) {
      const token = tokenOf(ids[spans.count] ?? -1);
      const next =
        unit === start && token === scheme.unknown ? end : pieceEnd(target.text, unit, start, token, scheme);
      if (next === unit || next > end) return false;
      spans.push(target, unit, next);
      unit = next;
    }
    start = end;
  }
  return true;
}

/** Where the piece of a word ends that begins at `unit`; `unit` where the token does not spell it. */
function pieceEnd(
  text: string,
  unit: number,
  wordStart: number,
  token: string | undefined,
  { continuing }: WordPieceScheme,
): number {
  if (token === undefined) return unit;
  const continues = unit > wordStart;
  if (continues && !token.startsWith(continuing)) return unit;
  const piece = continues ? token.slice(continuing.length) : token;
  return text.startsWith(piece, unit) ? unit + piece.length : unit;
}
