import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { neuronKey, rowsOf, type Row } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';

const QUANTILES = ['q01', 'q05', 'q25', 'median', 'q75', 'q95', 'q99'];
const CONTEXT = { 'llama-shakespeare': 256, 'gpt2-shakespeare': 128 };

interface Facts {
  documents: number;
  windows: number;
  counted_tokens: number;
  neurons: number;
}

/** Two trained models, every neuron, against figures that PyTorch's hooks gave (see ../shared/oracles/README.md). */
describeWithShared('the oracle', ['oracles', 'models', 'corpora'], () => {
  const folder = temporaryDirectory();

  describe.each(Object.entries(CONTEXT))('of %s', (model, context) => {
    const profile = path.join(folder, model);
    const stats = rowsOf(shared('oracles', model), 'stats.arrow');
    const facts = JSON.parse(readFileSync(shared('oracles', model, 'facts.json'), 'utf8')) as Facts;
    let neurons: Row[];

    beforeAll(() => {
      const corpus = shared('corpora', 'tinyshakespeare.jsonl');
      const settings = [
        '--limit',
        '1000',
        '--context',
        `${context}`,
        '--distinct',
        'none',
        '--bottom',
        '--workers',
        '2',
      ];
      succeed([
        'profile',
        shared('models', model),
        corpus,
        '-o',
        profile,
        '--block-size',
        '8KiB',
        '--quiet',
        ...settings,
      ]);
      const byKey = new Map(rowsOf(profile, 'neurons.arrow').map((row) => [neuronKey(row), row]));
      neurons = stats.map((row) => byKey.get(neuronKey(row))!);
    });

    test('has the same documents, windows, counted tokens and neurons, from at least 20 blocks on two workers', () => {
      const { corpus, summary } = JSON.parse(readFileSync(path.join(profile, 'manifest.json'), 'utf8')) as {
        corpus: Facts;
        summary: Facts;
      };
      const run = JSON.parse(readFileSync(path.join(profile, 'run.json'), 'utf8')) as {
        blocks_by_worker: number[];
      };
      expect(corpus.documents).toBe(facts.documents);
      expect(corpus.windows).toBe(facts.windows);
      expect(corpus.counted_tokens).toBe(facts.counted_tokens);
      expect(summary.neurons).toBe(facts.neurons);
      expect(neurons.every((row) => row['count'] === facts.counted_tokens)).toBe(true);
      expect(run.blocks_by_worker).toHaveLength(2);
      expect(Math.min(...run.blocks_by_worker)).toBeGreaterThan(0);
      expect(run.blocks_by_worker[0]! + run.blocks_by_worker[1]!).toBeGreaterThanOrEqual(20);
    });

    test('has the same mean, variance, skewness and kurtosis', () => {
      // Relative, or against the standard deviation (the variance) where a mean lies near zero.
      const mean = worst((ours, his) =>
        least(off(ours, his, 'mean') / 1e-4, gap(ours, his, 'mean') / his('std') / 1e-5),
      );
      const variance = worst((ours, his) =>
        least(off(ours, his, 'variance') / 1e-4, gap(ours, his, 'variance') / his('variance') / 1e-5),
      );
      const skewness = worst((ours, his) => gap(ours, his, 'skewness') / 1e-2);
      const kurtosis = worst((ours, his) => gap(ours, his, 'kurtosis') / 1e-2);
      report({ mean, variance, skewness, kurtosis });
      expect(Math.max(mean, variance, skewness, kurtosis)).toBeLessThanOrEqual(1);
    });

    test('has the same extremes', () => {
      const of = (side: string) =>
        worst((ours, his) =>
          least(off(ours, his, side) / 1e-4, gap(ours, his, side) / (his('max') - his('min')) / 1e-5),
        );
      report({ min: of('min'), max: of('max') });
      expect(Math.max(of('min'), of('max'))).toBeLessThanOrEqual(1);
    });

    test('counts as many positive activations, to half a percent of the tokens', () => {
      const positive = worst(
        (ours, his) => gap(ours, his, 'positive_count') / (0.005 * facts.counted_tokens),
      );
      report({ positive });
      expect(positive).toBeLessThanOrEqual(1);
    });

    test('has every quantile within the stated bound, and a typical median within 1 %', () => {
      for (const name of QUANTILES) {
        const theirs = name === 'median' ? 'q50' : name;
        const bound = worst((ours, his) => {
          const exact = his(theirs);
          // Inside one bin's width, and what two backends differ by.
          const allowed = Math.max(2 ** -11, Math.abs(exact) / 16) * (1 + 1e-3) + 1e-5;
          return Number.isNaN(ours(name)) ? Infinity : Math.abs(ours(name) - exact) / allowed;
        });
        report({ [name]: bound });
        expect(bound).toBeLessThanOrEqual(1);
      }
      const errors = neurons
        .map((row, i) => Math.abs(Number(row['median']) / Number(stats[i]!['q50']) - 1))
        .sort((a, b) => a - b);
      console.log(
        `${model}: typical error of the median ${(100 * errors[errors.length >> 1]!).toFixed(3)} %`,
      );
      expect(errors[errors.length >> 1]).toBeLessThan(0.01);
    });

    test('has the same top and bottom examples, but for swaps of activations closer than 1e-4', () => {
      const ours = byNeuron(rowsOf(profile, 'examples.arrow'));
      const theirs = byNeuron(rowsOf(shared('oracles', model), 'examples.arrow'));
      const gaps: number[] = [];
      let compared = 0;
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [key, expected] of theirs) {
        const found = ours.get(key)!;
        expect(found, key).toHaveLength(expected.length);
        expected.forEach((row, rank) => {
          compared++;
          const gap = Math.abs(Number(row['value']) - Number(found[rank]!['value']));
          const same = PLACE.every((column) => row[column] === found[rank]![column]);
          if (!same) gaps.push(gap);
          if (!(gap < 1e-4)) expect.fail(`${key}, rank ${rank}: values differ by ${gap}`);
        });
      }
      // Most are equal to the last bit: windows that begin alike, and GELU's flat minimum at −0.17.
      const largest = gaps.reduce((a, b) => Math.max(a, b), 0).toExponential(1);
      console.log(
        `${model}: ${compared} examples compared, ${gaps.length} swapped, of values at most ${largest} apart`,
      );
      expect(compared).toBe(facts.neurons * 40);
    });

    /** The largest of a figure over all neurons. */
    function worst(
      error: (ours: (column: string) => number, his: (column: string) => number) => number,
    ): number {
      return stats.reduce((largest, row, i) => {
        const value = error(
          (column) => number(neurons[i]![column]),
          (column) => number(row[column]),
        );
        return Number.isNaN(value) ? Infinity : Math.max(largest, value);
      }, 0);
    }

    function report(errors: Record<string, number>): void {
      const parts = Object.entries(errors).map(
        ([name, share]) => `${name} ${(100 * share).toPrecision(2)} %`,
      );
      console.log(`${model}: worst error as a share of what is allowed: ${parts.join(', ')}`);
    }
  });
});

const PLACE = ['document', 'window', 'position', 'token_index', 'token_id'];

type Figure = (column: string) => number;

/** Relative difference. */
function off(ours: Figure, his: Figure, column: string): number {
  return gap(ours, his, column) / Math.abs(his(column));
}

function gap(ours: Figure, his: Figure, column: string): number {
  return Math.abs(ours(column) - his(column));
}

/** The smaller of two errors, where either bound suffices. */
function least(a: number, b: number): number {
  return Math.min(a, b);
}

function number(value: unknown): number {
  return value === null || value === undefined ? NaN : Number(value);
}

/** Examples by neuron and side, in the order of their rank. */
function byNeuron(rows: Row[]): Map<string, Row[]> {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${neuronKey(row)} ${String(row['side'])}`;
    map.set(key, [...(map.get(key) ?? []), row]);
  }
  for (const list of map.values()) list.sort((a, b) => Number(a['rank']) - Number(b['rank']));
  return map;
}
