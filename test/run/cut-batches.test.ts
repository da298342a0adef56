import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lotEnds } from '../../src/run/batches.js';
import type { Batch } from '../../src/run/block-batches.js';
import { cutBatches } from '../../src/run/cut-batches.js';

/** Batches with windows of documents, which are numbered; none is said to have tokens. */
function batchesOf(given: readonly { documents: readonly number[]; endsLot: boolean }[]): Batch[] {
  const documents = new Map<number, Batch['windows'][number]['document']>();
  return given.map(({ documents: numbers, endsLot }) => ({
    windows: numbers.map((number) => {
      const document = documents.get(number) ?? ({} as Batch['windows'][number]['document']);
      documents.set(number, document);
      return { document } as Batch['windows'][number];
    }),
    sequences: [],
    length: 1,
    endsLot,
  }));
}

const block = fc.array(
  fc.record({
    documents: fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }),
    endsLot: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('a block that another worker takes over in part', () => {
  test('is cut in the middle where it may be cut anywhere', () => {
    const batches = batchesOf(Array.from({ length: 10 }, () => ({ documents: [1], endsLot: false })));
    expect(cutBatches(batches, { next: 3, to: 8 }, false)).toBe(5);
    expect(cutBatches(batches, { next: 3, to: 4 }, false)).toBe(3);
    expect(cutBatches(batches, { next: 4, to: 4 }, false)).toBeNull();
  });

  test('is cut at the nearest place to it that cuts neither a lot nor a document', () => {
    fc.assert(
      fc.property(block, fc.nat(12), fc.nat(12), (given, a, b) => {
        const ends = [Math.min(a, b), Math.max(a, b)].map((at) => Math.min(at, given.length));
        const [next, to] = ends as [number, number];
        const before = (cut: number) => new Set(given.slice(0, cut).flatMap(({ documents }) => documents));
        const isWhole = (cut: number) =>
          cut > 0 &&
          given[cut - 1]!.endsLot &&
          given.slice(cut).every(({ documents }) => documents.every((each) => !before(cut).has(each)));
        const places = Array.from({ length: to - next }, (_, i) => next + i).filter(isWhole);
        const found = cutBatches(batchesOf(given), { next, to }, true);
        const middle = Math.floor((next + to) / 2);
        const distances = places.map((at) => Math.abs(at - middle));
        if (places.length === 0) expect(found).toBeNull();
        else expect(places[distances.indexOf(Math.min(...distances))]).toBe(found);
      }),
      { numRuns: 500 },
    );
  });
});

test('a lot is as many batches as have no more tokens together than one may have', () => {
  expect(lotEnds([1000, 1000, 30, 700, 324, 1, 1500, 2], 1024)).toEqual([
    ...[true, true, false, true, false, true, true, true],
  ]);
  expect(lotEnds([], 1024)).toEqual([]);
});
