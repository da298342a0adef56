import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { positionHash } from '../../src/accumulate/position-hashes.js';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

const MODEL = fixture('llama-shakespeare');
const CORPUS = fixture('speeches.jsonl');

describe('examples beyond the extremes', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const args = (output: string, ...more: string[]) => [
    ...['profile', MODEL, CORPUS, '-o', at(output), '--quiet', '--limit', '120', '--layers', '0-1'],
    ...['--examples', 'random=5,bands=2', '--seed', '11', '-k', '3', '--block-size', '4KiB', '--around', '3'],
    ...more,
  ];
  let rows: Row[];

  beforeAll(() => {
    succeed(args('one', '--workers', '1'));
    rows = rowsOf(at('one'), 'examples.arrow');
  });

  const side = (name: string) => rows.filter((row) => row['side'] === name);
  const placeOf = ({ document, window, position }: Row) =>
    `${Number(document)}/${Number(window)}/${Number(position)}`;

  test('are, at random, the same five positions for every neuron, in the order of their hashes', () => {
    const places = new Map<string, string[]>();
    for (const row of side('random')) {
      const name = `L${row['layer'] as number}.N${row['neuron'] as number}`;
      places.set(name, [...(places.get(name) ?? []), placeOf(row)]);
    }
    const [first] = places.values();
    expect(first).toHaveLength(5);
    for (const each of places.values()) expect(each).toEqual(first);
    const hashes = first!.map((place) => {
      const [record, window, position] = place.split('/').map(Number) as [number, number, number];
      const out = new Uint32Array(2);
      positionHash(11, { file: 0, record, window }, position, out);
      return out[1]! * 2 ** 32 + out[0]!;
    });
    expect(hashes).toEqual([...hashes].sort((a, b) => a - b));
    // Five of some ten thousand: the largest is small, if the hash is uniform.
    expect(hashes.at(-1)! / 2 ** 64).toBeLessThan(20 / 10_000);
  });

  test('are, by bands, at most two of each sign and octave that the histogram knows', () => {
    const bandOf = (value: number) => {
      const octave = Math.min(6, Math.floor(Math.log2(Math.abs(value))));
      return octave < -11 ? 0 : Math.sign(value) * (octave + 12);
    };
    const filled = new Map<string, number>();
    for (const { layer, neuron, lower, upper, count } of rowsOf(at('one'), 'histograms.arrow')) {
      const far = (upper as number) > 0 && (lower as number) >= 0 ? lower : upper;
      const band = (lower as number) < 0 && (upper as number) > 0 ? 0 : bandOf(far as number);
      const key = `${layer as number}/${neuron as number}/${band}`;
      filled.set(key, (filled.get(key) ?? 0) + Number(count));
    }
    const held = new Map<string, number>();
    for (const { layer, neuron, value } of side('band')) {
      const key = `${layer as number}/${neuron as number}/${bandOf(value as number)}`;
      held.set(key, (held.get(key) ?? 0) + 1);
    }
    expect(held).toEqual(new Map([...filled].map(([key, count]) => [key, Math.min(2, count)])));
  });

  test('have their value in their context', () => {
    for (const row of rows) {
      const offset = Number(row['position']) - Number(row['context_start']);
      expect((row['context_activations'] as number[])[offset]).toBe(row['value']);
    }
  });

  test('stand behind the extremes in the table, whatever workers, shards and merges', () => {
    const order = ['top', 'bottom', 'random', 'band'];
    const ofOne = rows.filter(({ layer, neuron }) => layer === 1 && neuron === 7);
    const sides = ofOne.map((row) => order.indexOf(row['side'] as string));
    expect(sides).toEqual([...sides].sort((a, b) => a - b));
    succeed(args('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
  });

  test('are another sample under another seed, and the extremes are not', () => {
    succeed(args('other', '--seed', '12'));
    const other = rowsOf(at('other'), 'examples.arrow');
    const top = (all: Row[]) => all.filter((row) => row['side'] === 'top').map(placeOf);
    const random = (all: Row[]) => all.filter((row) => row['side'] === 'random').map(placeOf);
    expect(top(other)).toEqual(top(rows));
    expect(random(other)).not.toEqual(random(rows));
  });

  test('are shown', () => {
    const text = succeed(['show', at('one'), 'L1.N7']).stdout;
    expect(text).toContain('a sample of each sign and octave');
    expect(text).toContain('a sample of all tokens');
  });

  test.each([
    ['', ['profile'], '"" is not something --examples takes'],
    ['top', ['profile'], '"top" is not something --examples takes'],
    ['random,random', ['profile'], '"random" is not something'],
    ['bands=0', ['profile'], '"0" is not a number that --examples takes'],
    ['random', ['stats'], 'stats keeps no examples'],
  ])('are refused where they make no sense: --examples "%s" of %s', (list, [command], says) => {
    const { code, stderr } = neuroprobe([command!, MODEL, CORPUS, '-o', at('no'), '--examples', list]);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe('--skip-first', () => {
  const folder = temporaryDirectory();
  const output = path.join(folder, 'out');

  test('keeps the first positions of every window out of all but contexts', () => {
    succeed([
      ...['profile', MODEL, CORPUS, '-o', output, '--quiet', '--limit', '60', '--layers', '0', '-k', '5'],
      ...['--skip-first', '4', '--context', '32', '--examples', 'random=20'],
    ]);
    const examples = rowsOf(output, 'examples.arrow');
    expect(Math.min(...examples.map((row) => Number(row['position'])))).toBe(4);
    expect(Math.min(...examples.map((row) => Number(row['context_start'])))).toBe(0);
    const neurons = rowsOf(output, 'neurons.arrow');
    expect(Math.min(...neurons.map((row) => Number(row['max_position'])))).toBe(4);
    const { corpus, settings } = JSON.parse(readFileSync(path.join(output, 'manifest.json'), 'utf8')) as {
      corpus: { counted_tokens: number };
      settings: { skip_first: number };
    };
    expect(settings.skip_first).toBe(4);
    expect(corpus.counted_tokens).toBe(Number(neurons[0]!['count']));
  });
});
