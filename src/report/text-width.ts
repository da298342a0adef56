/**
 * Ranges [first, last] of code points two columns wide (East_Asian_Width W and
 * F of Unicode's EastAsianWidth.txt) that are not emoji, ascending.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], // Hangul initial consonants
  [0x2329, 0x232a],
  [0x2e80, 0x303e], // radicals, CJK punctuation
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d08], // Tangut, Khitan
  [0x1aff0, 0x1b2fb], // kana extensions
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F\u20E3/u;
const INVISIBLE = /^[\p{Control}\p{Format}\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
// eslint-disable-next-line no-control-regex -- colour codes begin with ESC
const COLOUR_CODE = /\x1b\[[0-9;]*m/g;
/** Text of printable ASCII only is as wide as it is long: most text is. */
const ASCII = /^[ -~]*$/;

/** Columns that a terminal gives a text: wide characters and emoji 2, combining marks and colour codes 0. */
export function textWidth(text: string): number {
  const bare = text.replace(COLOUR_CODE, '');
  if (ASCII.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of SEGMENTER.segment(bare)) width += graphemeWidth(segment);
  return width;
}

/** What the eye takes for one character each. */
export function graphemes(text: string): string[] {
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

/** Columns of one grapheme: its base character decides. */
export function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || isWide(grapheme.codePointAt(0)!) ? 2 : 1;
}

/** `text` with blanks behind it up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** `text` with blanks before it up to `width` columns. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** A text without colour codes in at most `width` columns: what is too much at its end becomes `…`. */
export function shortEnd(text: string, width: number): string {
  return textWidth(text) <= width ? text : width < 1 ? '' : `${cutEnd(text, width - 1)}…`;
}

/** The same, cut at its beginning. */
export function shortStart(text: string, width: number): string {
  return textWidth(text) <= width ? text : width < 1 ? '' : `…${cutStart(text, width - 1)}`;
}

/** The longest beginning of a text without colour codes that fits in `width` columns. */
export function cutEnd(text: string, width: number): string {
  let cut = '';
  let left = width;
  for (const grapheme of graphemes(text)) {
    left -= graphemeWidth(grapheme);
    if (left < 0) break;
    cut += grapheme;
  }
  return cut;
}

/** The longest end of a text without colour codes that fits in `width` columns. */
export function cutStart(text: string, width: number): string {
  let cut = '';
  let left = width;
  for (const grapheme of graphemes(text).reverse()) {
    left -= graphemeWidth(grapheme);
    if (left < 0) break;
    cut = grapheme + cut;
  }
  return cut;
}

function isWide(codePoint: number): boolean {
  return WIDE.some(([first, last]) => codePoint >= first && codePoint <= last);
}
