import type { Document } from './types.js';

/**
 * How many of a document's tokens stand in its head: those that share a character with what comes before the end of the
 * first occurrence of a text, and those between them. null where the document has no such text, or it is not known which
 * characters its tokens stand for: then it has no head.
 */
export function headTokens(document: Document, until: string): number | null {
  const { content } = document.source;
  if (content.kind !== 'text') return null;
  const at = content.text.indexOf(until);
  const spans = at === -1 ? null : document.spans();
  if (spans === null) return null;
  const end = Array.from(content.text.slice(0, at + until.length)).length;
  // A token without a character of its own goes with the one before it.
  const first = spans.start.findIndex((start, token) => start >= end && spans.end[token]! > start);
  return first === -1 ? spans.start.length : first;
}
