import { describe, expect, test } from 'vitest';
import type { TextSpan } from '../../src/corpus/types.js';
import type { Document, Window } from '../../src/tokens/types.js';
import { labelTokens } from '../../src/tokens/window-spans.js';

/** Tokens by their characters: `[0, 3)`, an empty one, … */
function documentOf(spans: [start: number, end: number][] | null): Document {
  const ids = new Int32Array(spans?.length ?? 3);
  return {
    source: { file: 0, record: 0, line: 1, startByte: 0, id: null, content: { kind: 'text', text: '' } },
    ids,
    spans: () =>
      spans === null
        ? null
        : {
            start: Int32Array.from(spans, ([start]) => start),
            end: Int32Array.from(spans, ([, end]) => end),
          },
  };
}

function windowOf(document: Document, tokenIndex: number[]): Window {
  const length = tokenIndex.length;
  return {
    ...{ document, window: 0, ids: new Int32Array(length), attentionMask: null, before: -1 },
    ...{ counted: new Uint8Array(length).fill(1), tokenIndex: Int32Array.from(tokenIndex) },
  };
}

/** The labels at each position of a window. */
function at(
  document: Document,
  windows: Window[],
  spans: (TextSpan[] | null)[],
  positions: number | null = null,
) {
  const labelled = labelTokens(document, windows, spans, positions);
  return labelled.windows.map(({ pattern, patterns }) =>
    [...pattern].map((p) => patterns[p]!.map((label) => labelled.labels[label]!.label)),
  );
}

const span = (start: number, end: number, label: string): TextSpan => ({ start, end, label });

describe('tokens', () => {
  const document = documentOf([
    [0, 3],
    [3, 7],
    [7, 8],
    [8, 8],
    [8, 12],
  ]);
  const all = windowOf(document, [-1, 0, 1, 2, 3, 4, -1]);

  test('stand in a label’s spans where they share a character, and special ones in none', () => {
    const spans = [span(2, 4, 'a'), span(8, 9, 'b'), span(11, 12, 'a'), span(3, 4, 'c')];
    expect(at(document, [all], [spans])).toEqual([[[], ['a'], ['a', 'c'], [], [], ['a', 'b'], []]]);
  });

  test('without a character of their own are where the one before them is', () => {
    expect(at(document, [all], [[span(7, 8, 'emoji')]])).toEqual([
      [[], [], [], ['emoji'], ['emoji'], [], []],
    ]);
  });

  test('keep apart the fields that their spans are in, and lack what the record lacks', () => {
    const found = labelTokens(document, [all], [[span(0, 1, 'x')], null, [span(0, 1, 'x')]], null);
    expect(found.fields).toEqual(['known', 'missing', 'known']);
    expect(found.labels).toEqual([
      { field: 0, label: 'x' },
      { field: 2, label: 'x' },
    ]);
    expect(found.windows[0]!.patterns).toEqual([[], [0, 1]]);
    expect([...found.windows[0]!.pattern]).toEqual([0, 1, 0, 0, 0, 0, 0]);
  });

  test('have positions in their window as fed', () => {
    const windows = [windowOf(document, [-1, 0, 1, 2, 3]), windowOf(document, [-1, 4])];
    expect(at(document, windows, [[span(0, 1, 'x')]], 0)).toEqual([
      [['position 0'], ['x', 'position 1–3'], ['position 1–3'], ['position 1–3'], ['position 4–15']],
      [['position 0'], ['position 1–3']],
    ]);
  });

  test('that cannot be laid along the text have no labels, not of positions either', () => {
    const unknown = documentOf(null);
    const found = labelTokens(unknown, [windowOf(unknown, [0, 1, 2])], [[span(0, 1, 'x')], null, []], 2);
    expect(found.fields).toEqual(['unaligned', 'missing', 'unaligned']);
    expect(found.labels).toEqual([]);
    expect(found.windows[0]!.patterns).toEqual([[]]);
  });

  test('of what a decoder is fed are none of the text', () => {
    const fed = { ...all, source: new Int32Array(1) };
    expect(labelTokens(document, [fed], [[span(0, 1, 'x')]], null).fields).toEqual(['unaligned']);
  });
});
