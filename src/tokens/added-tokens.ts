import type { HfNormalizer } from './hf-tokenizer.js';
import type { AddedToken } from './tokenizer-json.js';

/** A piece of a text: an added token that the text spells, or text between them. Units, end exclusive. */
export interface AddedPiece {
  start: number;
  end: number;
  /** The id of an added token; null for text. */
  id: number | null;
}

/** Finds the added tokens that a text spells, as the package does: before normalising, and after. */
export interface AddedTokens {
  cut(text: string): AddedPiece[];
  cutNormalized(text: string): AddedPiece[];
}

/** @param normalizer of the package: what it makes of a `normalized` token is looked for after normalising */
export function findAddedTokens(tokens: readonly AddedToken[], normalizer: HfNormalizer | null): AddedTokens {
  const byContent = new Map<string, AddedToken>();
  const plain: string[] = [];
  const normalized: string[] = [];
  for (const token of tokens) {
    byContent.set(token.content, token);
    if (normalizer !== null && (token.normalized ?? token.special !== true)) {
      const content = normalizer(token.content);
      byContent.set(content, token);
      normalized.push(content);
    } else {
      plain.push(token.content);
    }
  }
  const longest = Math.max(0, ...Array.from(byContent.keys(), (content) => content.length));
  const find = (content: string) => (content.length > longest ? undefined : byContent.get(content));
  return { cut: cutter(plain, find), cutNormalized: cutter(normalized, find) };
}

function cutter(contents: readonly string[], find: (content: string) => AddedToken | undefined) {
  const pattern = anyOf(contents);
  return (text: string): AddedPiece[] => {
    const bounds = pattern === null ? whole(text) : boundsOf(text, pattern);
    const pieces = bounds.length === 1 ? bounds : stripAround(text, bounds, find);
    return pieces
      .filter(({ start, end }) => end > start)
      .map(({ start, end, from, to }) => {
        const id = find(text.slice(start, end))?.id ?? null;
        return id === null ? { start, end, id } : { start: from, end: to, id };
      });
  };
}

/** A piece without and, from `from` to `to`, with the blanks that a token takes in. */
interface Bounds {
  start: number;
  end: number;
  from: number;
  to: number;
}

/** Leftmost, then longest. */
function anyOf(contents: readonly string[]): RegExp | null {
  const sorted = contents.filter((content) => content !== '').sort((a, b) => b.length - a.length);
  if (sorted.length === 0) return null;
  return new RegExp(sorted.map((content) => content.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
}

function whole(text: string): Bounds[] {
  return [{ start: 0, end: text.length, from: 0, to: text.length }];
}

function boundsOf(text: string, pattern: RegExp): Bounds[] {
  const bounds: Bounds[] = [];
  let at = 0;
  const push = (end: number) => {
    if (end > at) bounds.push({ start: at, end, from: at, to: end });
    at = end;
  };
  for (const match of text.matchAll(pattern)) {
    push(match.index);
    push(match.index + match[0].length);
  }
  push(text.length);
  return bounds;
}

/** `lstrip` and `rstrip`: a token takes in the blanks before or after it, and they are hers. */
function stripAround(
  text: string,
  bounds: Bounds[],
  find: (content: string) => AddedToken | undefined,
): Bounds[] {
  bounds.forEach((piece, i) => {
    const token = find(text.slice(piece.start, piece.end));
    const before = bounds[i - 1];
    const after = bounds[i + 1];
    if (token?.lstrip === true && before !== undefined) {
      before.end = before.start + text.slice(before.start, before.end).trimEnd().length;
      piece.from = before.to = before.end;
    }
    if (token?.rstrip === true && after !== undefined) {
      after.start = after.end - text.slice(after.start, after.end).trimStart().length;
      piece.to = after.from = after.start;
    }
  });
  return bounds;
}
