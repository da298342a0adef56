import { beforeAll, describe, expect, test } from 'vitest';
import { binOf } from '../../../src/accumulate/bin-of.js';
import { halfOf } from '../../../src/accumulate/document-half.js';
import { ConceptPairs } from '../../../src/analyse/concepts/concept-pairs.js';
import type { ConceptRows } from '../../../src/profile/types.js';
import { conceptsOf, normal, SETTINGS, shuffled, uniform, type TestDocument } from './documents.js';

const NEURONS = 20;
const DOCUMENTS = 400;
const PLANTED = 7;

/** Documents of one to three windows, whose tokens have something in common; one neuron follows one label. */
function corpus(random: () => number): TestDocument[] {
  return Array.from({ length: DOCUMENTS }, (_, i) => {
    const isOfLabel = i % 3 === 0;
    const common = Array.from({ length: NEURONS }, () => normal(random));
    const token = () =>
      common.map((each, j) => Math.fround(each + normal(random) + (isOfLabel && j === PLANTED ? 2 : 0)));
    const window = () => Array.from({ length: 1 + Math.floor(4 * random()) }, token);
    const windows = Array.from({ length: 1 + Math.floor(3 * random()) }, window);
    return { windows, labels: [isOfLabel ? ['planted'] : i % 3 === 1 ? ['other'] : []] };
  });
}

function rowsOf(documents: readonly TestDocument[]): ConceptRows {
  const pairs = new ConceptPairs(['topic'], NEURONS);
  pairs.add(
    0,
    Int32Array.from({ length: NEURONS }, (_, j) => j),
    conceptsOf(documents, NEURONS),
  );
  return pairs.result();
}

describe('labels of documents', () => {
  const documents = corpus(uniform(1));
  let rows: ConceptRows;
  beforeAll(() => {
    rows = rowsOf(documents);
  });

  const of = (label: string, neuron: number) =>
    rows.neuron.findIndex((each, row) => each === neuron && rows.labels[rows.label[row]!] === label);
  /** A document's value: the largest of all its tokens. */
  const values = (neuron: number) =>
    documents.map(({ windows }) => Math.max(...windows.flat().map((token) => token[neuron]!)));

  test('have a row a neuron each, and the planted neuron first for its label', () => {
    expect(rows.neuron).toHaveLength(2 * NEURONS);
    const byLabel = Array.from({ length: NEURONS }, (_, j) => j).sort(
      (a, b) => rows.f1_chosen[of('planted', b)]! - rows.f1_chosen[of('planted', a)]!,
    );
    expect(byLabel[0]).toBe(PLANTED);
    const best = of('planted', PLANTED);
    expect(rows.q[best]).toBeLessThan(1e-3);
    expect(rows.f1[best]).toBeGreaterThan(0.6);
    expect(rows.direction[best]).toBe(1);
  });

  test('have the means, d and r of the values themselves', () => {
    for (const label of ['planted', 'other']) {
      for (let j = 0; j < NEURONS; j++) {
        const row = of(label, j);
        const [a, b] = split(values(j), label);
        const all = values(j);
        expect(rows.with_count[row]).toBe(a.length);
        expect(rows.without_count[row]).toBe(b.length);
        expect(rows.mean_with[row]).toBeCloseTo(mean(a), 9);
        expect(rows.mean_without[row]).toBeCloseTo(mean(b), 9);
        const pooled = Math.sqrt((squares(a) + squares(b)) / (all.length - 2));
        expect(rows.d[row]).toBeCloseTo((mean(a) - mean(b)) / pooled, 9);
        const is = documents.map(({ labels }) => Number(labels[0]!.includes(label)));
        const covariance = all.reduce((sum, x, i) => sum + (x - mean(all)) * (is[i]! - mean(is)), 0);
        expect(rows.r[row]).toBeCloseTo(covariance / Math.sqrt(squares(all) * squares(is)), 9);
      }
    }
  });

  test('have the AUROC of the values themselves within its bound, and that of their bins exactly', () => {
    for (const label of ['planted', 'other']) {
      for (let j = 0; j < NEURONS; j++) {
        const row = of(label, j);
        const [a, b] = split(values(j), label);
        const exact = area(a, b);
        expect(Math.abs(rows.auroc[row]! - exact)).toBeLessThanOrEqual(rows.auroc_bound[row]! + 1e-12);
        expect(rows.auroc[row]).toBeCloseTo(area(a.map(bin), b.map(bin)), 12);
      }
    }
  });

  test('have p and q of the values’ bins', () => {
    const p = Array.from({ length: 2 * NEURONS }, (_, row) => {
      const [a, b] = split(values(rows.neuron[row]!).map(bin), rows.labels[rows.label[row]!]!);
      return pOfRanks(a, b);
    });
    const order = p.map((value, row) => ({ value, row })).sort((x, y) => x.value - y.value);
    p.forEach((value, row) => {
      expect(Math.abs(rows.p[row]! - value)).toBeLessThan(1e-9);
      const at = order.findIndex((each) => each.row === row);
      const q = Math.min(...order.slice(at).map((each, i) => (each.value * p.length) / (at + i + 1)), 1);
      expect(Math.abs(rows.q[row]! - q)).toBeLessThan(1e-9);
    });
  });

  test('have the F1, precision and recall, on one half, of the best edge on the other', () => {
    const halves = documents.map((_, record) => halfOf(SETTINGS.seed, { file: 0, record }));
    for (const label of ['planted', 'other']) {
      for (let j = 0; j < NEURONS; j++) {
        const row = of(label, j);
        const bins = values(j).map(bin);
        const ofHalf = (half: number) => split(bins, label, (i) => halves[i] === half);
        const above = area(...ofHalf(0)) >= 0.5;
        const judge = (edge: number, half: number) => {
          const [a, b] = ofHalf(half);
          const takes = (each: number) => (above ? each >= edge : each <= edge);
          const [tp, fp] = [a.filter(takes).length, b.filter(takes).length];
          return {
            edge,
            f1: (2 * tp) / (a.length + tp + fp),
            precision: tp / (tp + fp),
            recall: tp / a.length,
          };
        };
        const chosen = [...new Set(bins)]
          .sort((x, y) => (above ? y - x : x - y))
          .map((edge) => judge(edge, 0))
          .reduce((best, each) => (each.f1 > best.f1 ? each : best));
        const held = judge(chosen.edge, 1);
        expect(rows.direction[row]).toBe(above ? 1 : 2);
        expect(rows.f1_chosen[row]).toBeCloseTo(chosen.f1, 9);
        expect(rows.f1[row]).toBeCloseTo(held.f1, 9);
        expect(rows.precision[row]).toBeCloseTo(held.precision, 9);
        expect(rows.recall[row]).toBeCloseTo(held.recall, 9);
        // The threshold itself tells what the rule tells: the bins of this neuron's larger values are positive.
        const takes = (x: number) => (above ? x >= rows.threshold[row]! : x < rows.threshold[row]!);
        const isOf = (x: number) => (above ? bin(x) >= chosen.edge : bin(x) <= chosen.edge);
        for (const x of values(j).filter((each) => each > 0)) expect(takes(x)).toBe(isOf(x));
      }
    }
  });

  /** Values with the label and without. */
  function split(
    all: readonly number[],
    label: string,
    counts: (i: number) => boolean = () => true,
  ): [number[], number[]] {
    const has = (i: number) => documents[i]!.labels[0]!.includes(label);
    return [all.filter((_, i) => counts(i) && has(i)), all.filter((_, i) => counts(i) && !has(i))];
  }
});

test('labels that mean nothing are told from chance no more often than chance has it', () => {
  const random = uniform(2);
  const documents = corpus(random);
  const runs = 200;
  let [below, all, alarms] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const labels = shuffled(
      documents.map((each) => each.labels),
      random,
    );
    const { p, q } = rowsOf(documents.map(({ windows }, i) => ({ windows, labels: labels[i]! })));
    below += p.filter((value) => value < 0.05).length;
    all += p.length;
    if (q.some((value) => value < 0.05)) alarms++;
  }
  expect(all).toBe(runs * 2 * NEURONS);
  expect(below / all).toBeGreaterThan(0.04);
  expect(below / all).toBeLessThan(0.06);
  expect(alarms / runs).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / runs));
});

describe('a label of few documents', () => {
  test('has counts and means, and no more', () => {
    const random = uniform(3);
    const documents = corpus(random).map(({ windows }, i) => ({ windows, labels: [i < 30 ? ['rare'] : []] }));
    const rows = rowsOf(documents);
    expect([...rows.with_count]).toEqual(Array(NEURONS).fill(30));
    expect([...rows.mean_with].every(Number.isFinite)).toBe(true);
    for (const name of ['d', 'r', 'auroc', 'auroc_bound', 'p', 'q', 'f1_chosen', 'f1', 'threshold'] as const)
      expect([...rows[name]]).toEqual(Array(NEURONS).fill(NaN));
    expect([...rows.direction]).toEqual(Array(NEURONS).fill(0));
  });
});

/** The number of a value's bin, by the definition of the sketch's. */
function bin(value: number): number {
  const half = 16 * 18;
  const from = binOf(value, SETTINGS.sketchRange) - half;
  return Math.sign(from) * Math.ceil(Math.abs(from) / 4);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function squares(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, x) => sum + (x - middle) ** 2, 0);
}

function area(a: readonly number[], b: readonly number[]): number {
  let score = 0;
  for (const x of a) for (const y of b) score += x > y ? 1 : x === y ? 0.5 : 0;
  return score / (a.length * b.length);
}

/** The same test by ranks, as textbooks have it; the tail by its integral. */
function pOfRanks(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b].sort((x, y) => x - y);
  const rank = (x: number) => (all.indexOf(x) + all.lastIndexOf(x)) / 2 + 1;
  const u = a.reduce((sum, x) => sum + rank(x), 0) - (a.length * (a.length + 1)) / 2;
  const ties = [...new Set(all)].map((x) => all.lastIndexOf(x) - all.indexOf(x) + 1);
  const [n, pairs] = [all.length, a.length * b.length];
  const correction = ties.reduce((sum, t) => sum + t ** 3 - t, 0) / (n * (n - 1));
  const z = (Math.abs(u - pairs / 2) - 0.5) / Math.sqrt((pairs / 12) * (n + 1 - correction));
  return Math.min(1, 2 * normalTail(z));
}

/** P(Z > z) by Simpson's rule over [z, z + 40] in steps of 1/2,000. */
function normalTail(z: number): number {
  const [steps, width] = [80_000, 1 / 2000];
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((z + i * width) ** 2) / 2);
  }
  return ((sum * width) / 3) * (1 / Math.sqrt(2 * Math.PI));
}
