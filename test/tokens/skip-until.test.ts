import { describe, expect, test } from 'vitest';
import { headTokens } from '../../src/tokens/skip-until.js';
import type { Document } from '../../src/tokens/types.js';
import { cutWindows } from '../../src/tokens/windows.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { makeDocument } from '../../src/tokens/document.js';
import { fixture } from '../support/fixtures.js';

const source = (text: string): Document['source'] => ({
  ...{ file: 0, record: 0, line: 1, startByte: 0, id: null },
  content: { kind: 'text', text },
});

function documentOf(text: string, spans: [start: number, end: number][] | null): Document {
  const [start, end] = [0, 1].map((i) => Int32Array.from(spans ?? [], (span) => span[i]!)) as [
    Int32Array,
    Int32Array,
  ];
  return {
    source: source(text),
    ids: new Int32Array(start.length),
    spans: () => (spans === null ? null : { start, end }),
  };
}

describe('a document’s head', () => {
  test('has the tokens that share a character with what ends with the text', () => {
    const spans: [number, number][] = [
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
    ];
    expect(headTokens(documentOf('ab:\ncdef', spans), ':\n')).toBe(2);
    expect(headTokens(documentOf('ab:cdefg', spans), ':')).toBe(2); // a token across its end is in it
    expect(headTokens(documentOf('abcdefg:', spans), ':')).toBe(4);
    expect(headTokens(documentOf('a:b:c:d:', spans), ':')).toBe(1);
  });

  test('counts code points, and takes tokens without a character of their own with the one before them', () => {
    const spans: [number, number][] = [
      [0, 1],
      [1, 1],
      [1, 1],
      [1, 3],
    ];
    expect(headTokens(documentOf('😀ab', spans), '😀')).toBe(3);
  });

  test('is not where the text is not, or nobody knows which characters tokens stand for', () => {
    expect(headTokens(documentOf('abc', [[0, 3]]), 'x')).toBeNull();
    expect(headTokens(documentOf('abc', null), 'a')).toBeNull();
    const ids = { kind: 'ids', ids: Int32Array.of(1), attentionMask: null } as const;
    expect(headTokens({ ...documentOf('', []), source: { ...source(''), content: ids } }, 'a')).toBeNull();
  });

  test('counts for nothing in any window', async () => {
    const tokenizer = await openTokenizer(fixture('llama-shakespeare'));
    const text = 'MENENIUS AGRIPPA the old:\nWhat work’s, my countrymen, in hand?';
    const document = makeDocument(source(text), tokenizer, null, '');
    const skipTokens = headTokens(document, '\n')!;
    const { start, end } = document.spans()!;
    const windows = cutWindows(document, tokenizer, {
      context: 8,
      countSpecial: true,
      skipFirst: 0,
      skipTokens,
    });
    const counted = windows.flatMap((window) =>
      [...window.tokenIndex].filter((token, i) => token !== -1 && window.counted[i] === 1),
    );
    const after = text.indexOf('\n') + 1;
    expect(counted).toEqual(
      [...start.keys()].filter((token) => start[token]! >= after && end[token]! > after),
    );
    expect(counted.length).toBeGreaterThan(5);
    // Special tokens go with the tokens beside them: there is one before each window's first.
    for (const { tokenIndex, counted: is } of windows) {
      expect([...tokenIndex].indexOf(-1)).toBe(0);
      expect(is[0]).toBe(tokenIndex[1]! >= skipTokens ? 1 : 0);
    }
    expect(new Set(windows.map(({ counted: is }) => is[0]))).toEqual(new Set([0, 1]));
  });
});
