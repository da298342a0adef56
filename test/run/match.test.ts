import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, SOME_NEURONS } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

const MODEL = fixture('llama-shakespeare');
const CORPUS = fixture('speeches.jsonl');

describe('--examples match', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const args = (output: string, ...more: string[]) => [
    ...['profile', MODEL, CORPUS, '-o', at(output), '--quiet', '--limit', '60', '--neurons', SOME_NEURONS],
    ...[
      '--examples',
      'random=30,match=30',
      '--seed',
      '11',
      '-k',
      '3',
      '--block-size',
      '4KiB',
      '--around',
      '3',
    ],
    ...more,
  ];
  let places: Row[];
  let matrix: Row[];

  beforeAll(() => {
    succeed(args('one', '--workers', '1'));
    places = rowsOf(at('one'), 'match_places.arrow');
    matrix = rowsOf(at('one'), 'match.arrow');
  });

  test('keeps of every neuron the values that the random examples under this seed have', () => {
    expect(places.map(({ rank }) => rank)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(matrix.length).toBe(5 * 20);
    const sampled = new Map<string, Row[]>();
    for (const row of rowsOf(at('one'), 'examples.arrow')) {
      if (row['side'] !== 'random') continue;
      const key = `${Number(row['layer'])} ${Number(row['neuron'])}`;
      sampled.set(key, [...(sampled.get(key) ?? []), row]);
    }
    for (const { layer, neuron, activations } of matrix) {
      const rows = sampled.get(`${Number(layer)} ${Number(neuron)}`)!;
      expect(activations).toEqual(rows.map(({ value }) => value));
      for (const column of ['document', 'file', 'window', 'position', 'token_id'])
        expect(rows.map((row) => row[column])).toEqual(places.map((place) => place[column]));
    }
  });

  test('gives the same files with two workers, and of shards', () => {
    succeed(args('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
    succeed(['check', at('one')]);
  });

  test('changes no other file, and holds all positions of a corpus that has fewer', () => {
    const plain = args('plain').map((word) => (word === 'random=30,match=30' ? 'random=30' : word));
    succeed(plain);
    for (const file of ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow', 'report.txt'])
      expect(
        readFileSync(path.join(at('plain'), file)).equals(readFileSync(path.join(at('one'), file))),
      ).toBe(true);
    const all = args('all', '--limit', '2').map((word) =>
      word === 'random=30,match=30' ? 'match=5000' : word,
    );
    succeed(all);
    const count = Number(rowsOf(at('all'), 'neurons.arrow')[0]!['count']);
    expect(rowsOf(at('all'), 'match_places.arrow')).toHaveLength(count);
    expect(rowsOf(at('all'), 'match.arrow')[0]!['activations']).toHaveLength(count);
  });

  test('says what it takes of the memory, and is of stats too, not of topk', () => {
    const { code, stderr } = neuroprobe([
      ...['stats', MODEL, CORPUS, '-o', at('stats'), '--limit', '2', '--examples', 'match'],
    ]);
    expect(code).toBe(0);
    expect(stderr.replace(/\s+/g, ' ')).toContain('the sample for matching takes 6 MiB of a worker’s memory');
    expect(rowsOf(at('stats'), 'match.arrow')).toHaveLength(5 * 260);
    const refused = neuroprobe(['topk', MODEL, CORPUS, '-o', at('no'), '--examples', 'match']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('topk keeps no figures');
    const few = neuroprobe(['profile', MODEL, CORPUS, '-o', at('no'), '--examples', 'match=1']);
    expect([few.code, few.stderr]).toEqual([2, expect.stringContaining('"1" is not a number')]);
  });
});
