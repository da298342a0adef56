import type { TextSpan } from '../corpus/types.js';
import { POSITION_LABELS, positionBucket } from './lexical.js';
import type { Document, Window } from './types.js';

/** Labels of the tokens of a document, and of its windows. */
export interface LabelledTokens {
  /** By field; its labels' spans count for nothing unless `known`. */
  fields: ('known' | 'unaligned' | 'missing')[];
  /** Labels that have a span. */
  labels: { field: number; label: string }[];
  /** Of each window: by position the entry of `patterns`, which are sets of `labels`, ascending, by first appearance. */
  windows: { pattern: Int32Array; patterns: number[][] }[];
}

/**
 * Which tokens stand in which spans. A token stands in a label's spans if it has a character in one of them; a token
 * that has none of its own, but bytes of a character that the token before it began, is where that one is; special tokens
 * are in none.
 * @param spans by field; null: the record lacks it
 * @param positionField the field that labels positions, if one is asked to
 */
export function labelTokens(
  document: Document,
  windows: readonly Window[],
  spans: readonly (readonly TextSpan[] | null)[],
  positionField: number | null,
): LabelledTokens {
  // What a decoder is fed is no part of the text.
  const isOfText = windows.every(({ source }) => source === undefined);
  const characters = isOfText && document.source.content.kind === 'text' ? document.spans() : null;
  const fields = spans.map((ofField) =>
    ofField === null ? 'missing' : characters === null ? 'unaligned' : 'known',
  );
  const labels: LabelledTokens['labels'] = [];
  const numbers = new Map<string, number>();
  const numberOf = (field: number, label: string): number => {
    const key = `${field} ${label}`;
    let number = numbers.get(key);
    if (number === undefined) {
      numbers.set(key, (number = labels.length));
      labels.push({ field, label });
    }
    return number;
  };
  const tokenLabels = Array.from(document.ids, (): Set<number> => new Set());
  for (const [field, ofField] of spans.entries()) {
    if (fields[field] !== 'known') continue;
    for (const { start, end, label } of ofField!) {
      const number = numberOf(field, label);
      const { start: starts, end: ends } = characters!;
      for (let token = firstEndingAfter(ends, start); token < ends.length && starts[token]! < end; token++) {
        if (ends[token]! > starts[token]!) tokenLabels[token]!.add(number);
      }
    }
  }
  if (characters !== null) {
    for (let token = 1; token < tokenLabels.length; token++) {
      if (characters.end[token] === characters.start[token]) tokenLabels[token] = tokenLabels[token - 1]!;
    }
  }
  const known = positionField !== null && fields[positionField] === 'known';
  const longest = Math.max(0, ...windows.map(({ ids }) => ids.length));
  const buckets = POSITION_LABELS.slice(0, known && longest > 0 ? positionBucket(longest - 1) + 1 : 0).map(
    (label) => numberOf(positionField!, label),
  );
  return { fields, labels, windows: windows.map((window) => patternsOf(window, tokenLabels, buckets)) };
}

function patternsOf({ tokenIndex }: Window, tokenLabels: readonly Set<number>[], buckets: readonly number[]) {
  const patterns: number[][] = [];
  const numbers = new Map<string, number>();
  const pattern = tokenIndex.map((token, position) => {
    const bucket = buckets[positionBucket(position)];
    const labels = [...(token === -1 ? [] : tokenLabels[token]!), ...(bucket === undefined ? [] : [bucket])];
    labels.sort((a, b) => a - b);
    const key = labels.join(' ');
    let number = numbers.get(key);
    if (number === undefined) {
      numbers.set(key, (number = patterns.length));
      patterns.push(labels);
    }
    return number;
  });
  return { pattern, patterns };
}

/** First token that ends behind a character; ends ascend. */
function firstEndingAfter(ends: Int32Array, character: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= character) low = middle + 1;
    else high = middle;
  }
  return low;
}
