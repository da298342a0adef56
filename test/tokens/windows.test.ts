import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenizerHandle } from '../../src/tokens/tokenizer.js';
import type { Document, Window } from '../../src/tokens/types.js';
import { cutWindows } from '../../src/tokens/windows.js';
import { idsRecord, textRecord } from './support.js';

/** A position of the definition: an id, its place in the document's ids or −1, whether it may be counted. */
type Position = [id: number, index: number, attended: 0 | 1];

const ids = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
const special = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });

function tokenizerWith(prefix: readonly number[], suffix: readonly number[]): TokenizerHandle {
  return {
    path: 'tokenizer.json',
    vocabulary: 4,
    prefix: Int32Array.from(prefix),
    suffix: Int32Array.from(suffix),
    encode: () => new Int32Array(),
    tokenOf: () => null,
    spans: () => null,
  };
}

function textDocument(tokens: readonly number[]): Document {
  return { source: textRecord('…'), ids: Int32Array.from(tokens), spans: () => null };
}

function idsDocument(tokens: readonly number[], mask: readonly number[] | null = null): Document {
  return { source: idsRecord(tokens, mask), ids: Int32Array.from(tokens), spans: () => null };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return list.length === 0 ? [] : [list.slice(0, size), ...chunks(list.slice(size), size)];
}

function plain(windows: Window[]) {
  return windows.map(({ window, ids, attentionMask, counted, tokenIndex }) => ({
    window,
    ids: Array.from(ids),
    mask: attentionMask === null ? null : Array.from(attentionMask),
    counted: Array.from(counted),
    tokenIndex: Array.from(tokenIndex),
  }));
}

function expected(windows: Position[][], countSpecial: boolean, skipFirst: number) {
  return windows.map((positions, window) => ({
    window,
    ids: positions.map(([id]) => id),
    mask: positions.every(([, , attended]) => attended === 1)
      ? null
      : positions.map(([, , attended]) => attended),
    counted: positions.map(([, index, attended], position) =>
      position >= skipFirst && attended === 1 && (index >= 0 || countSpecial) ? 1 : 0,
    ),
    tokenIndex: positions.map(([, index]) => index),
  }));
}

test('a special token beside the head of a text is left out with it, and no other', () => {
  fc.assert(
    fc.property(
      ids,
      special,
      special,
      fc.integer({ min: 1, max: 12 }),
      fc.nat(45),
      (tokens, prefix, suffix, room, skip) => {
        const context = room + prefix.length + suffix.length;
        const settings = { context, skipFirst: 0, skipTokens: skip };
        const cut = (countSpecial: boolean) =>
          cutWindows(textDocument(tokens), tokenizerWith(prefix, suffix), { ...settings, countSpecial });
        const runs = chunks([...tokens.keys()], room);
        const counts = (index: number) => (index >= skip ? 1 : 0);
        expect(plain(cut(true)).map(({ counted }) => counted)).toEqual(
          runs.map((run) => [
            ...prefix.map(() => counts(run[0]!)),
            ...run.map(counts),
            ...suffix.map(() => counts(run.at(-1)!)),
          ]),
        );
        expect(plain(cut(false)).map(({ counted }) => counted)).toEqual(
          runs.map((run) => [...prefix.map(() => 0), ...run.map(counts), ...suffix.map(() => 0)]),
        );
      },
    ),
  );
});

test('a text is cut into runs of context − s ids, special tokens around each', () => {
  fc.assert(
    fc.property(
      ids,
      special,
      special,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.nat(3),
      (tokens, prefix, suffix, room, countSpecial, skipFirst) => {
        const context = room + prefix.length + suffix.length;
        const around = (list: number[]) => list.map((id): Position => [id, -1, 1]);
        const runs = chunks(
          tokens.map((id, i): Position => [id, i, 1]),
          room,
        );
        const windows = runs.map((run) => [...around(prefix), ...run, ...around(suffix)]);
        const cut = cutWindows(textDocument(tokens), tokenizerWith(prefix, suffix), {
          context,
          countSpecial,
          skipFirst,
        });
        expect(plain(cut)).toEqual(expected(windows, countSpecial, skipFirst));
      },
    ),
  );
});

test('a record with ids is cut as it stands, its special tokens and its mask honoured', () => {
  const record = fc
    .tuple(special, ids, special, fc.boolean(), fc.boolean())
    .map(([prefix, middle, suffix, begins, ends]) => ({
      prefix,
      suffix,
      tokens: [...(begins ? prefix : []), ...middle, ...(ends ? suffix : [])],
    }))
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.constantFrom<0 | 1>(1, 1, 1, 0), {
          minLength: shape.tokens.length,
          maxLength: shape.tokens.length,
        }),
      ),
    );
  fc.assert(
    fc.property(
      record,
      fc.boolean(),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.nat(3),
      ([shape, mask], masked, context, countSpecial, skipFirst) => {
        const { prefix, suffix, tokens } = shape;
        // Only what is attended can hold special tokens: the rest is padding, or all if nothing is.
        const attended = tokens.map((_, i) => (masked ? mask[i]! : 1));
        const any = attended.includes(1);
        const start = any ? attended.indexOf(1) : 0;
        const stop = any ? attended.lastIndexOf(1) + 1 : tokens.length;
        const text = tokens.slice(start, stop);
        const begins = any && text.slice(0, prefix.length).join() === prefix.join();
        const body = text.slice(begins ? prefix.length : 0);
        const ends = any && suffix.length > 0 && body.slice(-suffix.length).join() === suffix.join();
        const first = stop - body.length;
        const end = stop - (ends ? suffix.length : 0);
        const positions = tokens.map((id, i): Position => [
          id,
          i >= first && i < end ? i - first : -1,
          masked ? mask[i]! : 1,
        ]);
        const document = idsDocument(tokens, masked ? mask : null);
        const cut = cutWindows(document, tokenizerWith(prefix, suffix), { context, countSpecial, skipFirst });
        expect(plain(cut)).toEqual(expected(chunks(positions, context), countSpecial, skipFirst));
      },
    ),
  );
});

test('a text without ids has no windows', () => {
  expect(
    cutWindows(textDocument([]), tokenizerWith([1], [2]), { context: 8, countSpecial: true, skipFirst: 0 }),
  ).toEqual([]);
});

test('without a tokenizer no id of a record is special', () => {
  const [window] = cutWindows(idsDocument([1, 5, 2]), null, {
    context: 8,
    countSpecial: false,
    skipFirst: 0,
  });
  expect(window!.counted).toEqual(Uint8Array.of(1, 1, 1));
});

test('padding that a record brings hides no special token', () => {
  const ids = [1, 5, 6, 2, 0, 0];
  const [window] = cutWindows(idsDocument(ids, [1, 1, 1, 1, 0, 0]), tokenizerWith([1], [2]), {
    context: 8,
    countSpecial: false,
    skipFirst: 0,
  });
  expect(Array.from(window!.counted)).toEqual([0, 1, 1, 0, 0, 0]);
  expect(Array.from(window!.tokenIndex)).toEqual([-1, 0, 1, -1, -1, -1]);
});

test('half a prefix is text, and one token is not both prefix and suffix', () => {
  const settings = { context: 8, countSpecial: false, skipFirst: 0 };
  const indices = (tokens: number[], handle: TokenizerHandle) =>
    Array.from(cutWindows(idsDocument(tokens), handle, settings)[0]!.tokenIndex);
  expect(indices([1, 5], tokenizerWith([1, 2], []))).toEqual([0, 1]);
  expect(indices([1], tokenizerWith([1], [1]))).toEqual([-1]);
  expect(indices([1, 2], tokenizerWith([1], [1, 2]))).toEqual([-1, 0]);
});

test('a context without room beside the special tokens is refused', () => {
  const cut = () =>
    cutWindows(textDocument([3]), tokenizerWith([1], [2]), { context: 2, countSpecial: false, skipFirst: 0 });
  expect(cut).toThrow(expect.objectContaining({ exit: 2 }));
  expect(cut).toThrow(/give 3 or more/);
});
