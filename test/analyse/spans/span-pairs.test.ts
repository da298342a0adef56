import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from '../../../src/accumulate/accumulator.js';
import { halfOf } from '../../../src/accumulate/document-half.js';
import { spansAccumulator } from '../../../src/accumulate/spans.js';
import type { WindowPlace } from '../../../src/accumulate/types.js';
import { windowExtremes } from '../../../src/accumulate/window-extremes.js';
import { SpanPairs } from '../../../src/analyse/spans/span-pairs.js';
import { wilcoxon } from '../../../src/analyse/spans/wilcoxon.js';
import type { SpanRows } from '../../../src/profile/types.js';
import { normal, uniform } from '../concepts/documents.js';

describe('the Wilcoxon test', () => {
  const { cases } = JSON.parse(readFileSync(new URL('wilcoxon.json', import.meta.url), 'utf8')) as {
    cases: { counts: number[]; p: number; rank_biserial: number }[];
  };

  test.each(cases)('gives, of $counts, the p of scipy and the correlation of its ranks', (each) => {
    const found = wilcoxon(each.counts);
    if (each.p === 0) expect(found.p).toBe(0);
    else expect(Math.abs(found.p / each.p - 1)).toBeLessThan(1e-9);
    expect(found.rankBiserial).toBeCloseTo(each.rank_biserial, 12);
    const turned = wilcoxon([...each.counts].reverse());
    expect(turned.p).toBeCloseTo(found.p, 12);
    expect(turned.rankBiserial).toBeCloseTo(-found.rankBiserial, 12);
  });

  test('has p = 1 where all are 0, and none where there is no difference', () => {
    expect(wilcoxon([0, 9, 0])).toEqual({ p: 1, rankBiserial: NaN });
    expect(wilcoxon([0, 0, 0])).toEqual({ p: NaN, rankBiserial: NaN });
  });
});

const SETTINGS = { sketchRange: { low: -11, high: 7 }, seed: 3 };
const NEURONS = 40;
const PLANTED = 33;
/** Documents of one or two windows; of each token its labels and activations. */
type Token = { labels: number[]; activations: number[] };
const LABELS = ['planted', 'other'];

function documentsOf(random: () => number, shift: number): Token[][][] {
  return Array.from({ length: 150 }, () => {
    const common = Array.from({ length: NEURONS }, () => normal(random));
    const token = (): Token => {
      const labels = [random() < 0.3, random() < 0.5].flatMap((is, label) => (is ? [label] : []));
      const activations = common.map((each, j) =>
        Math.fround(each + normal(random) + (j === PLANTED && labels.includes(0) ? shift : 0)),
      );
      return { labels, activations };
    };
    const window = () => Array.from({ length: 3 + Math.floor(9 * random()) }, token);
    return Array.from({ length: 1 + Math.floor(2 * random()) }, window);
  });
}

function rowsOf(documents: readonly Token[][][]): SpanRows {
  const accumulator = spansAccumulator(SETTINGS);
  const state = accumulator.empty(NEURONS);
  documents.forEach((windows, record) => {
    const labels = LABELS.map((label) => ({ field: 0, label }));
    const document = { file: 0, record, windows: windows.length, fields: ['known'] as const, labels };
    windows.forEach((tokens, window) => {
      const place: WindowPlace = {
        ...{ file: 0, record, window, line: record + 1, startByte: 0, id: null, textKey: '' },
        ids: new Int32Array(tokens.length),
        tokenIndex: new Int32Array(tokens.length),
        span: () => null,
        spans: {
          document,
          pattern: Int32Array.from(tokens.keys()),
          patterns: tokens.map((token) => token.labels),
          sampled: Int32Array.from(tokens.keys()),
        },
      };
      const batch: Batch = {
        activations: Float32Array.from(tokens.flatMap(({ activations }) => activations)),
        neurons: NEURONS,
        length: tokens.length,
        runs: Int32Array.of(0, 0, tokens.length),
        places: [place],
        windows: windowExtremes(0, 0),
      };
      accumulator.add(state, batch);
    });
  });
  const pairs = new SpanPairs(['entity'], NEURONS);
  pairs.add(
    0,
    Int32Array.from({ length: NEURONS }, (_, j) => j),
    state,
  );
  return pairs.result();
}

describe('labels of spans', () => {
  const documents = documentsOf(uniform(1), 1.5);
  let rows: SpanRows;
  beforeAll(() => {
    rows = rowsOf(documents);
  });
  const of = (label: string, neuron: number) =>
    rows.neuron.findIndex((each, row) => each === neuron && rows.labels[rows.label[row]!] === label);
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

  test('have the mean difference and dz of the differences themselves', () => {
    for (const [number, label] of LABELS.entries()) {
      for (let j = 0; j < NEURONS; j++) {
        const differences = documents.flatMap((windows) => {
          const tokens = windows.flat();
          const [inside, outside] = [true, false].map((is) =>
            tokens
              .filter(({ labels }) => labels.includes(number) === is)
              .map((token) => token.activations[j]!),
          ) as [number[], number[]];
          return inside.length === 0 || outside.length === 0 ? [] : [mean(inside) - mean(outside)];
        });
        const row = of(label, j);
        expect(rows.documents[row]).toBe(differences.length);
        expect(differences.length).toBeLessThan(150);
        expect(Math.abs(rows.mean_difference[row]! - mean(differences))).toBeLessThan(1e-9);
        const deviations = differences.reduce((sum, d) => sum + (d - mean(differences)) ** 2, 0);
        const dz = mean(differences) / Math.sqrt(deviations / (differences.length - 1));
        expect(Math.abs(rows.dz[row]! - dz)).toBeLessThan(1e-9);
      }
    }
  });

  test('have the planted neuron first by every figure, and no other label has it', () => {
    const size = {
      p: (row: number) => -rows.p[row]!,
      dz: (row: number) => Math.abs(rows.dz[row]!),
      rank: (row: number) => Math.abs(rows.rank_biserial[row]!),
      f1: (row: number) => rows.f1_chosen[row]!,
    };
    for (const [name, good] of Object.entries(size)) {
      const neurons = Array.from({ length: NEURONS }, (_, j) => j);
      const best = neurons.sort((a, b) => good(of('planted', b)) - good(of('planted', a)))[0];
      expect(best, name).toBe(PLANTED);
    }
    const row = of('planted', PLANTED);
    expect(rows.q[row]).toBeLessThan(1e-6);
    expect(rows.q[of('other', PLANTED)]).toBeGreaterThan(1e-3);
    expect(rows.direction[row]).toBe(1);
  });

  test('have the F1 of tokens of one half by the threshold of the other', () => {
    for (const label of LABELS.keys()) {
      const row = of(LABELS[label]!, PLANTED);
      const tokens = documents.flatMap((windows, record) =>
        windows.flat().map(({ labels, activations }) => ({
          half: halfOf(SETTINGS.seed, { file: 0, record }),
          is: labels.includes(label),
          x: activations[PLANTED]!,
        })),
      );
      const above = rows.direction[row] === 1;
      const takes = (x: number) => (above ? x >= rows.threshold[row]! : x < rows.threshold[row]!);
      for (const [half, f1] of [rows.f1_chosen[row]!, rows.f1[row]!].entries()) {
        const own = tokens.filter((token) => token.half === half);
        const tp = own.filter(({ is, x }) => is && takes(x)).length;
        const taken = own.filter(({ x }) => takes(x)).length;
        expect(f1).toBeCloseTo((2 * tp) / (taken + own.filter(({ is }) => is).length), 9);
      }
    }
  });
});

test('labels that mean nothing are told from chance no more often than chance has it', () => {
  const random = uniform(5);
  const all = Array.from({ length: 60 }, () => [...rowsOf(documentsOf(random, 0)).p]).flat();
  const below = all.filter((p) => p < 0.05).length / all.length;
  // Tokens of a document have something in common, which the pairs take out.
  expect(below).toBeGreaterThan(0.035);
  expect(below).toBeLessThan(0.065);
}, 120_000);
