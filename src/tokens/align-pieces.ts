import type { SpanWriter } from './span-writer.js';
import type { TracedText } from './traced-text.js';

/** What a walk along text needs to know of a vocabulary. */
export interface PieceVocabulary {
  tokenOf(id: number): string | undefined;
  has(token: string): boolean;
  byteFallback: boolean;
  unknown: string | null;
  fuseUnknown: boolean;
}

const UTF8 = new TextEncoder();

/**
 * Walks ids along a text that their tokens, joined, must spell to its last unit:
 * a token as it stands, a byte of a character (`<0x0A>`), or the unknown token
 * for what the vocabulary lacks.
 * @returns false where they do not
 */
export function alignPieces(
  target: TracedText,
  ids: Int32Array,
  vocabulary: PieceVocabulary,
  spans: SpanWriter,
): boolean {
  const { text } = target;
  for (let unit = 0; unit < text.length;) {
    const token = vocabulary.tokenOf(ids[spans.count] ?? -1);
    if (token === undefined || token === '') return false;
    let next = unit + token.length;
    if (text.startsWith(token, unit)) {
      spans.push(target, unit, next);
    } else if (vocabulary.byteFallback && byteOf(token) !== null) {
      next = unit + characterLength(text, unit);
      if (!pushBytes(target, unit, next, ids, vocabulary, spans)) return false;
    } else {
      next = token === vocabulary.unknown ? unknownEnd(text, unit, vocabulary) : unit;
      if (next === unit) return false;
      spans.push(target, unit, next);
    }
    unit = next;
  }
  return true;
}

/** The bytes of the character [unit, next), a token each: the first has it, the others have nothing. */
function pushBytes(
  target: TracedText,
  unit: number,
  next: number,
  ids: Int32Array,
  vocabulary: PieceVocabulary,
  spans: SpanWriter,
): boolean {
  const bytes = UTF8.encode(target.text.slice(unit, next));
  for (let i = 0; i < bytes.length; i++) {
    if (byteOf(vocabulary.tokenOf(ids[spans.count] ?? -1) ?? '') !== bytes[i]) return false;
    spans.push(target, i === 0 ? unit : next, next);
  }
  return true;
}

/** Where the characters end that one unknown token at `unit` stands for; `unit` where the vocabulary has it. */
function unknownEnd(text: string, unit: number, vocabulary: PieceVocabulary): number {
  let end = unit;
  while (end < text.length) {
    const length = characterLength(text, end);
    if (vocabulary.has(text.slice(end, end + length))) break;
    end += length;
    if (!vocabulary.fuseUnknown) break;
  }
  return end;
}

function byteOf(token: string): number | null {
  if (token.length !== 6 || !token.startsWith('<0x') || token[5] !== '>') return null;
  const byte = Number(token.slice(1, 5));
  return Number.isNaN(byte) ? null : byte;
}

function characterLength(text: string, unit: number): number {
  return text.codePointAt(unit)! > 0xffff ? 2 : 1;
}
