import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/report/paint.js';
import { markedContext } from '../../src/report/marked-context.js';
import { textWidth } from '../../src/report/text-width.js';
import { schemeOf, tokenPieces } from '../../src/report/token-text.js';

const MODELS = new URL('../../../shared/models/', import.meta.url);

describe('the scheme of a vocabulary', () => {
  test.each([
    [['the', 'Ġking', ',', 'Ċ'], 'byte-level'],
    [['▁the', '▁king', ',', '<0x0A>'], 'metaspace'],
    [['the', 'king', '##dom', '[SEP]'], 'wordpiece'],
    [['the', 'king'], 'words'],
    [[], 'words'],
  ] as const)('of %j is %s', (tokens, scheme) => {
    expect(schemeOf(tokens)).toBe(scheme);
  });

  test.skipIf(!existsSync(MODELS)).each([
    ['gpt2-shakespeare', 'byte-level'],
    ['llama-shakespeare', 'metaspace'],
    ['bert-tiny-random', 'wordpiece'],
  ])('of %s is told from its vocabulary', (folder, scheme) => {
    const file = readFileSync(new URL(`${folder}/tokenizer.json`, MODELS), 'utf8');
    const { model } = JSON.parse(file) as { model: { vocab: Record<string, number> } };
    expect(schemeOf(Object.keys(model.vocab))).toBe(scheme);
  });
});

describe('the text of tokens', () => {
  test('of byte-level BPE is the text that was encoded, wherever tokens cut its bytes', () => {
    // The alphabet by another road: the n-th byte that is not printable in Latin-1 is U+0100 + n.
    const alphabet = new Map<number, string>();
    let next = 256;
    for (let byte = 0; byte < 256; byte++) {
      const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
      alphabet.set(byte, String.fromCharCode(printable ? byte : next++));
    }
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
        (text, cuts) => {
          const letters = [...Buffer.from(text, 'utf8')].map((byte) => alphabet.get(byte)!);
          const tokens: string[] = [];
          for (let at = 0, i = 0; at < letters.length; at += cuts[i++ % cuts.length]!) {
            tokens.push(letters.slice(at, at + cuts[i % cuts.length]!).join(''));
          }
          expect(tokenPieces(tokens, 'byte-level').join('')).toBe(text);
        },
      ),
    );
  });

  test('gives a shared character to the token that holds its first byte', () => {
    // 日 is e6 97 a5
    expect(tokenPieces(['a', 'æ', 'Ĺ¥', 'b'], 'byte-level')).toEqual(['a', '日', '', 'b']);
  });

  test('shows bytes that are no UTF-8 as U+FFFD', () => {
    expect(tokenPieces(['Ĺ¥', 'b', 'æ'], 'byte-level')).toEqual(['\uFFFD\uFFFD', 'b', '\uFFFD']);
  });

  test('of SentencePiece has blanks for ▁ and characters for byte tokens', () => {
    expect(tokenPieces(['▁the', '▁', '<0xE6>', '<0x97>', '<0xA5>', '<s>'], 'metaspace')).toEqual([
      ' the',
      ' ',
      '日',
      '',
      '',
      '<s>',
    ]);
  });

  test('of WordPiece joins what ## continues', () => {
    expect(tokenPieces(['[CLS]', 'king', '##dom', '##'], 'wordpiece').join('')).toBe('[CLS] kingdom ##');
  });
});

describe('a context line', () => {
  const context = (tokens: string[], firing: number) => ({ tokens, ids: tokens.map((_, i) => i), firing });
  const line = (tokens: string[], firing: number, width = 60) =>
    markedContext(context(tokens, firing), schemeOf(tokens), PLAIN, width);

  test('marks the firing token, the blank before it outside', () => {
    expect(line(['ĠThe', 'Ġking', 'Ġis', 'Ċ', 'dead'], 1)).toBe('The ⟨king⟩ is⏎dead');
  });

  test('marks the whole character where the firing token ends one', () => {
    expect(line(['Ġa', 'æ', 'Ĺ¥', 'b'], 2)).toBe('a⟨日⟩b');
  });

  test('shows ids where there is no tokenizer', () => {
    expect(markedContext({ tokens: null, ids: [5, 17, 8], firing: 1 }, 'words', PLAIN, 60)).toBe('5 ⟨17⟩ 8');
  });

  test('never lets a corpus drive the terminal', () => {
    const hostile = ['Ġa', 'ě', '[31m', '\u202e', '\x9b2J', '\x1b]0;owned\x07', 'Ġb'];
    const shown = line(hostile, 1);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]/);
    expect(shown).toContain('\\x1b');
    expect(shown).toContain('\\u{202e}');
  });

  test('fits the width whatever the tokens', () => {
    const token = fc.constantFrom('Ġking', 'æĹ¥', 'ðŁĺĢ', 'Ċ', 'averyveryverylongtokenthatfillsitsline', 'Ġ');
    fc.assert(
      fc.property(
        fc.array(token, { minLength: 1, maxLength: 33 }),
        fc.nat(),
        fc.integer({ min: 12, max: 90 }),
        (tokens, at, width) => {
          const shown = line(['Ġ', ...tokens], 1 + (at % tokens.length), width);
          expect(textWidth(shown)).toBeLessThanOrEqual(width);
          expect(shown).toMatch(/⟨.*⟩/);
        },
      ),
    );
  });
});
