import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lexicalSpans, LEXICAL_LABELS, POSITION_LABELS, positionBucket } from '../../src/tokens/lexical.js';
import { awkwardText } from './support.js';

/** The text of each span of a label. */
function found(text: string, label: string): string[] {
  const points = Array.from(text);
  return lexicalSpans(text)
    .filter((span) => span.label === label)
    .map(({ start, end }) => points.slice(start, end).join(''));
}

describe('the lexical labels of a text', () => {
  test.each([
    [
      'capitalised',
      'The king and Élise, O’Neil’s McX, iPhone NASA A ǅungla',
      ['The', 'Élise', 'O’Neil’s', 'McX', 'ǅungla'],
    ],
    ['capitalised', "don't Don't I'm 3rd x3Y", ["Don't", "I'm"]],
    ['all caps', 'NASA and I, the USA’S B2B ÀÉ Nasa I’M', ['NASA', 'USA’S', 'B2B', 'ÀÉ', 'I’M']],
    ['digit', 'In 1984, 3.14 or ٣٤ and x2', ['1984', '3', '14', '٣٤', '2']],
    ['punctuation', 'a, b! «c» d$ e_f', [',', '!', '«', '»', '_']],
    ['newline', 'a\nb\r\n\u2028c', ['\n', '\r', '\n', '\u2028']],
    ['quote', '"a" ‘don’t’ ' + "'b'" + ' «c»', ['"', '"', '‘', '’', "'", "'", '«', '»']],
    ['word start', "don't stop, 3x O’Neil 漢字", ['d', 's', '3', 'O', '漢']],
    ['sentence start', 'One. two! “Three?” four\n\nfive 3.14 Mr. X', ['O', 't', '“', 'f', 'f', 'X']],
    ['question', 'Who? I said (why?!) Because. "What?"', ['Who?', 'I said (why?!)', '"What?"']],
    ['sentence start', '  \n ', []],
    ['capitalised', '😀 Hi 😀 There', ['Hi', 'There']],
  ])('of kind %s in %j are %j', (label, text, expected) => {
    expect(found(text, label)).toEqual(expected);
  });

  test('lie within the text, each with a character, and are as many as are foretold', () => {
    fc.assert(
      fc.property(awkwardText(), (text) => {
        const length = Array.from(text).length;
        const spans = lexicalSpans(text);
        for (const { start, end } of spans) expect(0 <= start && start < end && end <= length).toBe(true);
        expect(new Set(spans.map(({ label }) => label)).size + POSITION_LABELS.length).toBeLessThanOrEqual(
          LEXICAL_LABELS,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('are found in time that grows with the text alone', () => {
    const texts = [
      'a'.repeat(2e5),
      'A'.repeat(2e5),
      "'".repeat(2e5),
      'a '.repeat(1e5),
      '? '.repeat(1e5),
      '\n'.repeat(2e5),
      `${'.'.repeat(2e5)}x`,
      `Why ${'?'.repeat(2e5)}x. `,
      `.${'"'.repeat(2e5)}x`,
    ];
    const began = performance.now();
    for (const text of [...texts, `${'A'.repeat(2e5)}a`, '.'.repeat(2e5), 'a.'.repeat(1e5)])
      lexicalSpans(text);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

test('positions have buckets up to the next one’s first', () => {
  expect(POSITION_LABELS).toEqual([
    'position 0',
    'position 1–3',
    'position 4–15',
    'position 16–63',
    'position 64–255',
    'position 256–1023',
    'position 1024+',
  ]);
  const positions = [0, 1, 3, 4, 15, 16, 63, 64, 255, 256, 1023, 1024, 1e6];
  expect(positions.map(positionBucket)).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
});
