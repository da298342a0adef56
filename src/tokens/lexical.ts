import type { TextSpan } from '../corpus/types.js';

/**
 * What text shows by its characters alone, each a label. Unicode's properties say what a letter, a digit or a mark is, so
 * the version of Unicode that Node has is a recorded setting.
 *
 * A word is a run of letters, marks and digits, apostrophes between letters included.
 */
const PATTERNS = {
  /** Words that begin with an upper- or titlecase letter and have a lowercase one. */
  capitalised:
    /(?<![\p{L}\p{M}\p{N}]|\p{L}['’])[\p{Lu}\p{Lt}](?:[\p{L}\p{M}\p{N}]|(?<=\p{L})['’](?=\p{L}))*/gu,
  /** Words of two letters or more, all of them uppercase. */
  'all caps':
    /(?<![\p{L}\p{M}\p{N}]|\p{L}['’])\p{Lu}(?:[\p{Lu}\p{M}\p{N}]|(?<=\p{L})['’](?=\p{Lu}))*(?![\p{L}\p{M}\p{N}]|['’]\p{L})/gu,
  /** Runs of decimal digits. */
  digit: /\p{Nd}+/gu,
  punctuation: /\p{P}/gu,
  /** LF, CR, and Unicode's line and paragraph separators. */
  newline: /[\n\r\u0085\u2028\u2029]/gu,
  /** Quotation marks, but for apostrophes between letters. */
  quote: /(?!(?<=\p{L})['’](?=\p{L}))\p{Quotation_Mark}/gu,
  /** First character of a word. */
  'word start': /(?<![\p{L}\p{M}\p{N}]|\p{L}['’])[\p{L}\p{M}\p{N}]/gu,
} as const;

/** Filters of what a pattern cannot say. */
const ALSO: Partial<Record<string, RegExp>> = {
  capitalised: /\p{Ll}/u,
  'all caps': /\p{Lu}.*\p{Lu}/u,
};

/**
 * A sentence ends behind `.`, `!`, `?` or `…`, and the quotation marks and closing brackets that follow, where white space
 * or the text's end comes next; at an empty line; and with the text.
 */
const SENTENCE =
  /\S[.!?…]+[\p{Pe}\p{Pf}"']*(?=\s|$)|\S[^]*?(?:(?<![.!?…])[.!?…]+[\p{Pe}\p{Pf}"']*(?=\s|$)|(?=\r?\n[^\S\n]*\r?\n)|$)/gu;
const CLOSING = /[\p{Pe}\p{Pf}"']/u;

/** First positions of the buckets, each up to the next one's. */
const BUCKETS = [0, 1, 4, 16, 64, 256, 1024] as const;

/** Labels that text alone has. */
const TEXT_LABELS = [...Object.keys(PATTERNS), 'sentence start', 'question'];

/** Labels of positions: of a token by its place in the sequence as fed, from 0, special tokens included. */
export const POSITION_LABELS = BUCKETS.map((first, i) => {
  const last =
    BUCKETS[i + 1] === undefined ? '+' : BUCKETS[i + 1]! - 1 === first ? '' : `–${BUCKETS[i + 1]! - 1}`;
  return `position ${first}${last}`;
});

/** How many lexical labels there can be. */
export const LEXICAL_LABELS = TEXT_LABELS.length + POSITION_LABELS.length;

/** The entry of POSITION_LABELS that a position has. */
export function positionBucket(position: number): number {
  return BUCKETS.findLastIndex((first) => position >= first);
}

/** The labelled spans of a text, in code points. */
export function lexicalSpans(text: string): TextSpan[] {
  const at = codePointsBefore(text);
  const spans: TextSpan[] = [];
  for (const [label, pattern] of Object.entries(PATTERNS)) {
    for (const { index, 0: found } of text.matchAll(pattern)) {
      if (ALSO[label]?.test(found) !== false)
        spans.push({ start: at(index), end: at(index + found.length), label });
    }
  }
  for (const { index, 0: sentence } of text.matchAll(SENTENCE)) {
    spans.push({ start: at(index), end: at(index) + 1, label: 'sentence start' });
    if (isQuestion(sentence))
      spans.push({ start: at(index), end: at(index + sentence.length), label: 'question' });
  }
  return spans;
}

/** Whether there is a ? among a sentence's end marks. */
function isQuestion(sentence: string): boolean {
  let end = sentence.length;
  while (end > 0 && CLOSING.test(sentence[end - 1]!)) end--;
  for (; end > 0 && '.!?…'.includes(sentence[end - 1]!); end--) if (sentence[end - 1] === '?') return true;
  return false;
}

/** How many code points stand before a UTF-16 unit. */
function codePointsBefore(text: string): (unit: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (unit) => unit;
  const before = new Int32Array(text.length + 1);
  for (let unit = 0, count = 0; unit < text.length; unit++) {
    before[unit] = count;
    const isPair = text.codePointAt(unit)! > 0xffff;
    if (isPair) before[++unit] = count;
    before[unit + 1] = ++count;
  }
  return (unit) => before[unit]!;
}
