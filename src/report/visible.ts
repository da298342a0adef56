/** Line ends and tabs get the sign that typists know them by. */
const SIGNS: Readonly<Record<string, string>> = { '\n': '⏎', '\r': '␍', '\t': '⇥' };

/**
 * What a terminal would obey rather than show: control characters (C0, DEL,
 * C1), line and paragraph separators, marks that turn the direction of text,
 * tag characters and halves of surrogate pairs.
 */
const DANGEROUS =
  /[\p{Control}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}\p{Surrogate}]/gu;

/**
 * A text from a corpus, a vocabulary or a file name as it may be printed: nothing in it
 * drives the terminal or breaks a line. `\n` is ⏎, `\t` ⇥, the others `\xNN` or `\u{…}`.
 */
export function visible(text: string): string {
  return text.replace(DANGEROUS, (character) => SIGNS[character] ?? escaped(character.codePointAt(0)!));
}

function escaped(codePoint: number): string {
  const hex = codePoint.toString(16);
  return codePoint < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
}
