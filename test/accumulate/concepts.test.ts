import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conceptBinCount, conceptBinOfBits } from '../../src/accumulate/concept-bins.js';
import {
  conceptSetBytes,
  setOf,
  SUM_DIGITS,
  SUMS,
  type ConceptHalf,
} from '../../src/accumulate/concept-state.js';
import {
  addDocuments,
  conceptsAccumulator,
  documentLogOf,
  takeFinished,
} from '../../src/accumulate/concepts.js';
import { widenFor } from '../../src/accumulate/label-bins.js';
import { halfOf } from '../../src/accumulate/document-half.js';
import { halfSipHash } from '../../src/accumulate/half-sip-hash.js';
import { roundToNumber } from '../../src/accumulate/superaccumulator.js';
import { canonical } from './canonical.js';
import { cellsOf, corpus, finite, labelsOf, sampled } from './batches.js';

const SETTINGS = { sketchRange: { low: -11, high: 7 }, seed: 5 };
const accumulator = conceptsAccumulator(SETTINGS);

describe('documents’ values by label', () => {
  test('are the largest finite counted one of each document, in the sets of its labels and the half of its hash', () => {
    fc.assert(
      fc.property(corpus(), (given) => {
        const state = accumulator.empty(given.neurons);
        for (const { batch } of given.batches) accumulator.add(state, batch);
        const places = given.batches.flatMap(({ batch }) => batch.places.map(({ labelled }) => labelled!));
        const documents = [...new Map(places.map((each) => [`${each.file}/${each.record}`, each])).values()];
        const expected = new Set<string>();
        for (const [field, label] of documents.flatMap((each) => keysOf(each))) {
          expected.add(JSON.stringify([field, label]));
          for (const half of [0, 1] as const) {
            const members = documents.filter(
              (each) =>
                halfOf(SETTINGS.seed, each) === half &&
                keysOf(each).some(([f, l]) => f === field && l === label),
            );
            const set = setOf(state, field, label).halves[half];
            expect(set.documents).toBe(members.length);
            for (let j = 0; j < given.neurons; j++) {
              const cells = finite(cellsOf(given, j));
              const values = members.flatMap(({ file, record }) => {
                const own = cells.filter((cell) => cell.file === file && cell.record === record);
                return own.length === 0 ? [] : [Math.max(...own.map(({ value }) => value))];
              });
              expectValues(set, j, values);
            }
          }
        }
        expect(state.sets.size).toBe(expected.size);
      }),
      { numRuns: 100 },
    );
  });

  /** The field's own set, and one a label. */
  function keysOf(document: { file: number; record: number }): [field: number, label: string | null][] {
    return labelsOf(document).flatMap((labels, field) =>
      labels === null ? [] : [null, ...labels].map((label): [number, string | null] => [field, label]),
    );
  }

  function expectValues({ values, sums, bins }: ConceptHalf, j: number, expected: number[]): void {
    expect(values[j]).toBe(expected.length);
    const width = conceptBinCount(SETTINGS.sketchRange);
    const counts = new Array<number>(width).fill(0);
    const bits = new Uint32Array(Float32Array.from(expected).buffer);
    for (const word of bits) counts[conceptBinOfBits(word, SETTINGS.sketchRange)]!++;
    expect([...bins.counts.subarray(j * width, (j + 1) * width)]).toEqual(counts);
    let at = j * SUM_DIGITS;
    SUMS.forEach(({ digits, unit }, power) => {
      const sum = roundToNumber(sums, at, digits, unit);
      const naive = expected.reduce((total, x) => total + x ** (power + 1), 0);
      const scale = expected.reduce((total, x) => total + Math.abs(x) ** (power + 1), 0);
      expect(Math.abs(sum - naive)).toBeLessThanOrEqual(scale * 1e-14);
      at += digits;
    });
  }

  test('are the same through a log of any size, once it is spilled', () => {
    fc.assert(
      fc.property(corpus(), fc.integer({ min: 1, max: 9 }), (given, capacity) => {
        const [plain, logged] = [accumulator.empty(given.neurons), accumulator.empty(given.neurons)];
        const log = documentLogOf(logged, capacity);
        for (const { batch } of given.batches) {
          accumulator.add(plain, batch);
          addDocuments(logged, batch, log);
        }
        log.spill();
        expect(canonical(logged)).toEqual(canonical(plain));
      }),
      { numRuns: 100 },
    );
  });

  test('are given out by themselves of sampled documents, once, when the last window has come', () => {
    fc.assert(
      fc.property(corpus().map(sampled), (given) => {
        const state = accumulator.empty(given.neurons);
        const seen = new Map<string, number>();
        for (const { batch } of given.batches) {
          const ended: string[] = [];
          for (const { labelled } of batch.places) {
            const { file, record, windows, isSampled } = labelled!;
            const key = `${file}/${record}`;
            seen.set(key, (seen.get(key) ?? 0) + 1);
            if (isSampled === true && seen.get(key) === windows) ended.push(key);
          }
          accumulator.add(state, batch);
          const finished = takeFinished(state);
          expect(finished.map(({ document: { file, record } }) => `${file}/${record}`)).toEqual(ended);
          expect(state.finished).toEqual([]);
          for (const { document, values } of finished) {
            const expected = Array.from({ length: given.neurons }, (_, j) => {
              const own = finite(cellsOf(given, j)).filter(
                ({ file, record }) => file === document.file && record === document.record,
              );
              return own.reduce((most, { value }) => Math.max(most, value), -Infinity) + 0;
            });
            expect([...values]).toEqual(expected);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('take the memory that is foretold, once they are many', () => {
    const neurons = 7;
    const { halves } = setOf(accumulator.empty(neurons), 0, 'label');
    const bytes = halves.flatMap(({ values, sums, bins }) => [values, sums, widenFor(bins, 65536)]);
    expect(bytes.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(
      neurons * conceptSetBytes(SETTINGS.sketchRange),
    );
  });
});

describe('halves of documents', () => {
  test('are the lowest bit of the hash of file and record', () => {
    const hash = new Uint32Array(2);
    for (let i = 0; i < 100; i++) {
      halfSipHash([7 * i, 0], Int32Array.of(i % 3, i), hash);
      expect(halfOf(7 * i, { file: i % 3, record: i })).toBe(hash[0]! % 2);
    }
  });

  test('are as large as coins would have it, whatever the seed', () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const halves = Array.from({ length: 10_000 }, (_, i) => halfOf(seed, { file: i % 4, record: i >> 2 }));
      const ones = halves.filter((half) => half === 1).length;
      expect(Math.abs(ones - 5000)).toBeLessThan(4 * 50); // four standard deviations
    }
  });
});
