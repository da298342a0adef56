import { util } from 'prettier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutEnd, cutStart, padEnd, padStart, shortEnd, textWidth } from '../../src/report/text-width.js';

describe('the width of a text', () => {
  test.each([
    ['king', 4],
    ['日本語', 6],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['ﾊﾝｶｸ', 4],
    ['e\u0301te\u0301', 3],
    ['😀', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['❤️', 2],
    ['🇫🇷', 2],
    ['\x1b[1mbold\x1b[22m', 4],
    ['\u200b', 0],
    ['', 0],
  ])('of %j is %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  // Prettier lays out Markdown tables by its own table of wide characters.
  test.each([
    ['Latin, Greek, Cyrillic, Hebrew', 0x21, 0x5ff],
    ['Kana', 0x3041, 0x30ff],
    ['Han', 0x4e00, 0x9fff],
    ['Hangul', 0xac00, 0xd7a3],
    ['full-width and half-width forms', 0xff01, 0xffdc],
    ['emoticons', 0x1f600, 0x1f64f],
    ['mathematical letters', 0x1d400, 0x1d454],
    ['CJK extension B', 0x20000, 0x20500],
    ['block elements and box drawing', 0x2500, 0x259f],
  ])('of %s is what Prettier measures', (_, first, last) => {
    for (let codePoint = first; codePoint <= last; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      if (/\p{Unassigned}|\p{Mark}|\p{Format}|\p{Control}|\p{Default_Ignorable_Code_Point}/u.test(character))
        continue;
      expect(textWidth(character), `U+${codePoint.toString(16)}`).toBe(util.getStringWidth(character));
    }
  });
});

describe('padding and cutting', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });

  test('padded texts have the width asked for, and hold the text', () => {
    fc.assert(
      fc.property(text, fc.nat(40), (given, width) => {
        expect(textWidth(padEnd(given, width))).toBeGreaterThanOrEqual(Math.min(width, textWidth(given)));
        expect(padEnd(given, width).startsWith(given)).toBe(true);
        expect(padStart(given, width).endsWith(given)).toBe(true);
      }),
    );
  });

  test('cut texts fit, and lose no more than a wide character needs', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', '日', '😀', 'é', ' '), maxLength: 30 });
    fc.assert(
      fc.property(plain, fc.nat(20), (given, width) => {
        const target = Math.min(width, textWidth(given));
        for (const cut of [cutEnd(given, width), cutStart(given, width)]) {
          expect(textWidth(cut)).toBeLessThanOrEqual(target);
          expect(textWidth(cut)).toBeGreaterThanOrEqual(target - 1);
        }
        expect(textWidth(shortEnd(given, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
