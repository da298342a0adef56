import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, type Row } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { plantedModel } from '../support/onnx-model.js';

const VOCABULARY = 12;
const CONTEXT = 4;

/** Ids of each document of the two files; with a context of 4: windows of documents 0 and 4 are two each. */
const FILES = [
  [[3, 1, 2, 3, 5], [4, 4], [], [3]],
  [
    [1, 3, 6, 8, 2, 3, 6, 8],
    [11, 10, 9],
  ],
];
const TOKENS = 19;

/** What neuron j does on token t; the edge of a bin is 1 + 5/16. */
const EDGE = 1.3125;
const BELOW_EDGE = Math.fround(1.3124999);
const NEURONS: [what: string, on: (token: number) => number][] = [
  ['fires on token 3', (t) => (t === 3 ? 1 : 0)],
  ['is always 0', () => 0],
  ['is constant', () => 0.5],
  ['is always negative', (t) => -1 - t / 8],
  ['is NaN', () => 0],
  ['is NaN, or infinite either way', (t) => (t < 6 ? 0 : t === 11 ? -1 : 1)],
  ['ties on even tokens', (t) => (t % 2 === 0 ? 1 : 0)],
  ['lies at the edge of a bin', (t) => (t === 3 ? BELOW_EDGE : EDGE)],
  ['ascends with the token', (t) => t * 0.375 - 2],
];
const [FIRES, ZERO, CONSTANT, NEGATIVE, NAN, INFINITE, TIES, ATEDGE, ASCENDS] = NEURONS.map((_, j) => j);

describe('a model whose activations are known by construction', () => {
  const folder = temporaryDirectory();
  const model = path.join(folder, 'planted.onnx');
  const files = FILES.map((_, i) => path.join(folder, `${i}.jsonl`));

  beforeAll(() => {
    const neurons = NEURONS.length;
    const table = Float32Array.from({ length: VOCABULARY * neurons }, (_, i) =>
      NEURONS[i % neurons]![1](Math.floor(i / neurons)),
    );
    const bias = new Float32Array(neurons);
    bias[NAN!] = NaN;
    const scale = new Float32Array(neurons).fill(1);
    scale[INFINITE!] = Infinity;
    writeFileSync(model, plantedModel(VOCABULARY, [{ table, neurons, bias, scale }]));
    FILES.forEach((documents, i) => {
      writeFileSync(files[i]!, documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join(''));
    });
  });

  describe.each([
    ['document', 'token'],
    ['text', 'token'],
    ['none', 'token'],
    ['none', 'window'],
  ])('profiled with --distinct %s --per %s', (distinct, per) => {
    const k = 4;
    let figures: Row[];
    let examples: Row[];
    let histograms: Row[];

    beforeAll(() => {
      const out = path.join(folder, `${distinct}-${per}`);
      const kept = ['--distinct', distinct, '--per', per, '-k', `${k}`, '--bottom', '--around', '1'];
      succeed([
        'profile',
        model,
        ...files,
        '-o',
        out,
        '--context',
        `${CONTEXT}`,
        '--quiet',
        '--no-html',
        ...kept,
      ]);
      figures = rowsOf(out, 'neurons.arrow');
      examples = rowsOf(out, 'examples.arrow');
      histograms = rowsOf(out, 'histograms.arrow');
    });

    test('counts every token once for each neuron', () => {
      expect(figures.map((row) => row['count'])).toEqual(NEURONS.map(() => TOKENS));
    });

    test('has the counts, dead or not, that were planted', () => {
      const columns = ['zero_count', 'positive_count', 'active_count', 'nan_count', 'inf_count', 'dead'];
      const of = (j: number | undefined) => columns.map((column) => figures[j!]![column]);
      // Token 3 occurs 5 times; 1, 1, 5, 11, 9 and the five 3s are odd.
      expect(of(FIRES)).toEqual([14, 5, 5, 0, 0, false]);
      expect(of(ZERO)).toEqual([19, 0, 0, 0, 0, true]);
      expect(of(CONSTANT)).toEqual([0, 19, 19, 0, 0, false]);
      expect(of(NEGATIVE)).toEqual([0, 0, 0, 0, 0, true]);
      expect(of(NAN)).toEqual([0, 0, 0, 19, 0, false]);
      expect(of(INFINITE)).toEqual([0, 0, 0, 12, 7, false]);
      expect(of(TIES)).toEqual([10, 9, 9, 0, 0, false]);
      expect(of(ATEDGE)).toEqual([0, 19, 19, 0, 0, false]);
    });

    test('has the figures that a pencil gives', () => {
      const of = (j: number | undefined, ...columns: string[]) =>
        columns.map((column) => figures[j!]![column]);
      expect(of(FIRES, 'mean', 'variance', 'min', 'max', 'median', 'active_rate')).toEqual([
        5 / 19,
        expect.closeTo((5 / 19) * (14 / 19), 15) as number,
        0,
        1,
        0,
        5 / 19,
      ]);
      expect(of(ZERO, 'mean', 'variance', 'std', 'skewness', 'kurtosis', 'median', 'min', 'max')).toEqual([
        0,
        0,
        0,
        null,
        null,
        0,
        0,
        0,
      ]);
      expect(of(CONSTANT, 'mean', 'variance', 'skewness', 'q01', 'median', 'q99')).toEqual([
        0.5,
        0,
        null,
        0.5,
        0.5,
        0.5,
      ]);
      for (const broken of [NAN, INFINITE]) {
        expect(of(broken, 'mean', 'variance', 'median', 'min', 'max', 'active_rate', 'max_document')).toEqual(
          Array(7).fill(null),
        );
      }
      const values = tokens().map(({ token }) => NEURONS[ASCENDS!]![1](token));
      const mean = values.reduce((a, b) => a + b) / TOKENS;
      expect(of(ASCENDS, 'mean')).toEqual([expect.closeTo(mean, 14) as number]);
    });

    test('finds extremes at their first place', () => {
      const place = (j: number | undefined, side: string) =>
        ['document', 'window', 'position', 'token_id'].map((column) => figures[j!]![`${side}_${column}`]);
      expect(place(FIRES, 'max')).toEqual([0, 0, 0, 3]);
      expect(place(FIRES, 'min')).toEqual([0, 0, 1, 1]);
      expect(place(NEGATIVE, 'max')).toEqual([0, 0, 1, 1]);
      expect(place(NEGATIVE, 'min')).toEqual([5, 0, 0, 11]);
      expect(place(TIES, 'max')).toEqual([0, 0, 2, 2]);
    });

    test('has exactly the bins that were planted', () => {
      const of = (j: number | undefined) =>
        histograms
          .filter((row) => row['neuron'] === j)
          .map((row) => [row['lower'], row['upper'], row['count']]);
      const nearZero = [-(2 ** -11), 2 ** -11];
      expect(of(FIRES)).toEqual([
        [...nearZero, 14],
        [1, 1.0625, 5],
      ]);
      expect(of(ZERO)).toEqual([[...nearZero, 19]]);
      expect(of(CONSTANT)).toEqual([[0.5, 0.53125, 19]]);
      expect(of(NAN)).toEqual([]);
      expect(of(INFINITE)).toEqual([]);
      expect(of(ATEDGE)).toEqual([
        [1.25, 1.3125, 5],
        [1.3125, 1.375, 14],
      ]);
      // −1 − t/8: the edge nearer zero belongs to the bin, so −1.125 lies in (−1.1875, −1.125].
      expect(of(NEGATIVE)[0]).toEqual([-2.5, -2.375, 1]); // token 11: −2.375
      expect(of(NEGATIVE).at(-1)).toEqual([-1.1875, -1.125, 2]); // token 1, twice
    });

    test('has the top examples that brute force finds, and no other', () => {
      NEURONS.forEach(([what], j) => {
        for (const side of ['top', 'bottom']) {
          const found = examples
            .filter((row) => row['neuron'] === j && row['side'] === side)
            .map((row) => [row['value'], row['document'], row['window'], row['position']]);
          expect(found, `${what}, ${side}`).toEqual(bruteForce(j, side, distinct, per, k));
        }
      });
    });
  });

  test('has the top examples that were worked out by hand', () => {
    const top = (distinct: string, per: string, j: number | undefined) =>
      rowsOf(path.join(folder, `${distinct}-${per}`), 'examples.arrow')
        .filter((row) => row['neuron'] === j && row['side'] === 'top')
        .map((row) => [row['value'], row['document'], row['window'], row['position']].join(' '));
    expect(top('none', 'token', FIRES)).toEqual(['1 0 0 0', '1 0 0 3', '1 3 0 0', '1 4 0 1']);
    expect(top('none', 'window', FIRES)).toEqual(['1 0 0 0', '1 3 0 0', '1 4 0 1', '1 4 1 1']);
    // One a document: after the three that hold token 3, the first of those that do not.
    expect(top('document', 'token', FIRES)).toEqual(['1 0 0 0', '1 3 0 0', '1 4 0 1', '0 1 0 0']);
    expect(top('document', 'token', TIES)).toEqual(['1 0 0 2', '1 1 0 0', '1 4 0 2', '1 5 0 1']);
    expect(top('none', 'token', NAN)).toEqual([]);
    expect(top('none', 'token', INFINITE)).toEqual([]);
  });
});

interface Token {
  token: number;
  document: number;
  window: number;
  position: number;
}

/** Every counted token with its place, in the order of the corpus. */
function tokens(): Token[] {
  return FILES.flat().flatMap((ids, document) =>
    ids.map((token, i) => ({ token, document, window: Math.floor(i / CONTEXT), position: i % CONTEXT })),
  );
}

/** All examples ranked, then the first k of distinct key. */
function bruteForce(j: number, side: string, distinct: string, per: string, k: number): number[][] {
  if (j === NAN || j === INFINITE) return [];
  const sign = side === 'top' ? 1 : -1;
  const key = ({ document, window, position }: Token) => {
    if (distinct === 'document') return `${document}`;
    if (distinct === 'text') return FILES.flat()[document]!.join(' ');
    return per === 'window' ? `${document} ${window}` : `${document} ${window} ${position}`;
  };
  const seen = new Set<string>();
  return tokens()
    .map((token) => ({ ...token, value: NEURONS[j]![1](token.token) }))
    .sort((a, b) => sign * (b.value - a.value)) // stable: equals stay in the order of the corpus
    .filter((token) => !seen.has(key(token)) && seen.add(key(token)))
    .slice(0, k)
    .map(({ value, document, window, position }) => [value, document, window, position]);
}
