import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { halfSipHash } from '../../src/accumulate/half-sip-hash.js';
import type { Manifest } from '../../src/profile/types.js';
import type { PermutationAnswer } from '../../src/report/permutations.js';
import { checkpointed, start } from '../crash/lives.js';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { storedDocuments, type StoredDocument } from '../support/document-values.js';
import {
  BROKEN,
  CONTEXT,
  LAYER,
  NEURON,
  NEURONS,
  topicDocument,
  topicTables,
  VOCABULARY,
  writePlanted,
} from '../support/planted-labels.js';
import { expectSameFiles } from '../support/profiles.js';
import { uniform } from '../analyse/concepts/documents.js';

const KEPT = 300;

describe('--permutations', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const model = at('planted.onnx');
  const files = [at('one.jsonl'), at('two.jsonl')];
  const random = uniform(11);
  const coin = uniform(5);
  const tables = topicTables(random);
  /** Some have neither field, some one token that is skipped. */
  const documents = Array.from({ length: 700 }, (_, i) => ({
    ...topicDocument(random, i),
    ...(i % 3 === 0 ? {} : { luck: `${Math.floor(2 * coin())}é` }),
  }));
  const args = (output: string, ...more: string[]) => [
    ...['profile', model, ...files, '-o', at(output), '--quiet', '-k', '2', '--around', '1'],
    ...['--context', `${CONTEXT}`, '--batch-tokens', '40', '--block-size', '1KiB', '--skip-first', '1'],
    ...['--label-field', 'topic', '--label-field', 'luck'],
    ...more,
  ];
  const keeping = (output: string, ...more: string[]) =>
    args(output, '--permutations', `${KEPT}`, '--seed', '6', ...more);
  let stored: StoredDocument[];

  beforeAll(() => {
    writePlanted({ model, files }, { vocabulary: VOCABULARY, tables }, { documents, cut: 130 });
    succeed(keeping('one', '--workers', '1'));
    succeed(args('plain', '--seed', '6'));
    stored = storedDocuments(at('one'), 2);
  }, 240_000);

  /** Tokens that count: not the first of a window. */
  const counted = ({ input_ids: ids }: (typeof documents)[number]) => ids.filter((_, i) => i % CONTEXT > 0);
  const labelsOf = ({ topic, luck }: (typeof documents)[number]) => [
    typeof topic === 'string' ? [topic] : topic,
    luck === undefined ? null : [luck],
  ];

  test('keeps the documents of lowest hash that have a label field and a counted token, with all their values', () => {
    const hash = new Uint32Array(2);
    const expected = documents
      .map((document, i) => {
        const place = i < 130 ? { file: 0, record: i } : { file: 1, record: i - 130 };
        halfSipHash([6, 0], Int32Array.of(place.file, place.record), hash);
        const values = [0, 1].flatMap((layer) =>
          Array.from({ length: NEURONS }, (_, j) =>
            layer === 0 && j === BROKEN
              ? -Infinity
              : Math.max(...counted(document).map((token) => tables[layer]![token * NEURONS + j]!)),
          ),
        );
        const order = (BigInt(hash[1]!) << 32n) | BigInt(hash[0]!);
        return { document, order, entry: { ...place, labels: labelsOf(document), values } };
      })
      .filter(({ document }) => counted(document).length > 0 && labelsOf(document).some((of) => of !== null))
      .sort((a, b) => (a.order < b.order ? -1 : 1));
    expect(expected.length).toBeGreaterThan(1.9 * KEPT);
    expect(stored).toEqual(expected.slice(0, KEPT).map(({ entry }) => entry));
  });

  test('gives the same bytes whatever workers, shards and merges, and all documents where there are fewer', () => {
    succeed(keeping('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    const large = ['--block-size', '1MiB'];
    succeed(keeping('blocks', '--workers', '3', ...large));
    succeed(keeping('block', '--workers', '1', ...large));
    expectSameFiles(at('blocks'), at('block'));
    const { shared } = JSON.parse(readFileSync(at('blocks/run.json'), 'utf8')) as { shared: number };
    expect(shared).toBeGreaterThan(0);
    for (const i of [0, 1, 2]) succeed(keeping('shards', '--shard', `${i}/3`));
    expect(readdirSync(at('shards/shard-1-of-3'))).toContain('documents.bin');
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
    const [first, second, third] = [0, 1, 2].map((i) => at(`shards/shard-${i}-of-3`)) as [
      string,
      string,
      string,
    ];
    succeed(['merge', third, first, '-o', at('some'), '--quiet', '--partial']);
    expect(storedDocuments(at('some'), 2).length).toBe(KEPT);
    succeed(['merge', second, at('some'), '-o', at('again'), '--quiet']);
    expectSameFiles(at('again'), at('one'));
    for (const profile of ['one', 'some', 'shards/shard-1-of-3']) succeed(['check', at(profile)]);
    const answers = ['one', 'merged'].map(
      (profile) => succeed(['concepts', at(profile), '--permutations', '--json']).stdout,
    );
    expect(answers[1]).toBe(answers[0]);
    succeed(args('all', '--permutations'));
    expect(storedDocuments(at('all'), 2).length).toBe(
      documents.filter((each) => counted(each).length > 0 && labelsOf(each).some((of) => of !== null)).length,
    );
  }, 240_000);

  test('gives the same bytes after a kill', async () => {
    const corpus = at('long.jsonl');
    const lines = documents.map((document) => `${JSON.stringify(document)}\n`).join('');
    writeFileSync(corpus, lines.repeat(20));
    const run = (output: string, ...more: string[]) =>
      keeping(output, ...more).map((word) => (word === files[0] ? corpus : word));
    succeed(run('unkilled'));
    const slow = run('killed', '--workers', '2', '--checkpoint-every', '0.05');
    const { child, ended } = start(slow);
    while ((await checkpointed(at('killed')).catch(() => ({ files: 0 }))).files < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    const partial = `${at('killed')}.partial`;
    const spools = readdirSync(partial).filter((name) => name.endsWith('.documents'));
    expect(spools.length).toBeGreaterThan(0);
    cpSync(partial, `${at('damaged')}.partial`, { recursive: true });
    succeed([...slow, '--resume']);
    expectSameFiles(at('killed'), at('unkilled'));
    for (const name of spools) writeFileSync(path.join(`${at('damaged')}.partial`, name), 'gone');
    const damaged = neuroprobe(
      slow.map((word) => (word === at('killed') ? at('damaged') : word)).concat('--resume'),
    );
    expect([damaged.code, damaged.stderr]).toEqual([
      65,
      expect.stringContaining('the values of documents of this checkpoint are damaged or gone'),
    ]);
  }, 240_000);

  test('changes no other data file', () => {
    const without = readdirSync(at('plain')).sort();
    expect(readdirSync(at('one')).sort()).toEqual([...without, 'documents.bin'].sort());
    for (const name of without.filter((file) => file.endsWith('.arrow') || file === 'report.txt'))
      expect(
        readFileSync(path.join(at('plain'), name)).equals(readFileSync(path.join(at('one'), name))),
        name,
      ).toBe(true);
    const settings = (of: string) =>
      (JSON.parse(readFileSync(path.join(at(of), 'manifest.json'), 'utf8')) as Manifest).settings;
    expect(settings('one')).toEqual({ ...settings('plain'), permutation_documents: KEPT });
    expect(Object.keys(settings('plain'))).not.toContain('permutation_documents');
  });

  test('says first what it takes, and is refused where it can do nothing', () => {
    const { stderr } = succeed(args('loud', '--permutations').filter((word) => word !== '--quiet'));
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'values of up to 4,096 documents for concepts --permutations take 1 MiB of disk',
    );
    const refused = (line: string[], says: string) => {
      const { code, stderr: told } = neuroprobe(line);
      expect([code, told]).toEqual([2, expect.stringContaining(says)]);
    };
    refused(
      ['stats', model, files[0]!, '-o', at('no'), '--permutations', '100'],
      'no labels of documents to permute',
    );
    refused(args('no', '--permutations', '79'), '"79" is not a number that --permutations takes');
    refused(['concepts', at('plain'), '--permutations'], 'this profile has no values of documents');
    refused(['concepts', at('one'), '--neuron', 'L1.N4', '--permutations'], 'cannot be used with');
    refused(['concepts', at('one'), '--seed', '3'], '--permutations');
  });

  test('is refused over values of another state, or damaged ones', () => {
    const shards = at('mixed');
    for (const i of [0, 1]) succeed(keeping('mixed', '--shard-by', 'file', '--shard', `${i}/2`));
    const [one, other] = [0, 1].map((i) => path.join(shards, `shard-${i}-of-2`, 'documents.bin')) as [
      string,
      string,
    ];
    const whole = readFileSync(other);
    const merged = () => neuroprobe(['merge', shards, '-o', at('wrong'), '--quiet']);
    writeFileSync(other, readFileSync(one));
    expect(merged().stderr).toContain('these values of documents are not those of the state beside them');
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, 20),
      Buffer.alloc(0),
      whole.map((b, i) => (i === 99 ? b ^ 1 : b)),
    ]) {
      writeFileSync(other, bytes);
      const { code, stderr } = merged();
      expect([code, stderr]).toEqual([65, expect.stringContaining('these values of documents are damaged')]);
      expect(stderr).toContain(`in ${other}`);
    }
    rmSync(other);
    expect(merged().code).toBe(74);
    cpSync(at('one'), at('hurt'), { recursive: true });
    writeFileSync(path.join(at('hurt'), 'documents.bin'), readFileSync(one));
    const read = neuroprobe(['concepts', at('hurt'), '--permutations']);
    expect([read.code, read.stderr]).toEqual([65, expect.stringContaining('documents.bin')]);
    expect(neuroprobe(['check', at('hurt')]).code).toBe(65);
  }, 240_000);

  describe('of concepts', () => {
    const ask = (...more: string[]) =>
      (
        JSON.parse(succeed(['concepts', at('one'), '--json', '--permutations', '199', ...more]).stdout) as {
          permutations: PermutationAnswer;
        }
      ).permutations;

    test('gives the planted neuron the least p, and a label of luck none that is small', () => {
      const { fields, statistic, permutations, seed } = ask('--sort', 'auroc');
      expect({ statistic, permutations, seed }).toEqual({ statistic: 'auroc', permutations: 199, seed: 0 });
      expect(fields.map(({ field }) => field)).toEqual(['topic', 'luck']);
      const [topic, luck] = fields;
      expect(topic!.documents).toBe(stored.filter(({ labels }) => labels[0] !== null).length);
      expect(topic).toMatchObject({ neurons: 2 * NEURONS - 1, left_out: 1 });
      const nine = topic!.labels.find(({ label }) => label === 'nine')!;
      expect(nine.best).toEqual([
        expect.objectContaining({ group: '', layer: LAYER, neuron: NEURON, p: 1 / 200 }),
      ]);
      expect(nine.documents[0] + nine.documents[1]).toBe(
        stored.filter(({ labels }) => labels[0]?.includes('nine')).length,
      );
      expect(luck!.labels.map(({ label }) => label)).toEqual(['0é', '1é']);
      for (const { best } of luck!.labels) expect(best[0]!.p).toBeGreaterThan(0.05);
    });

    test('has the largest correlations that plain loops find in documents.bin', () => {
      const { fields } = ask('--sort', 'r', '--seed', '3', '--label', 'topic=nine', '--limit', '4');
      expect(fields).toHaveLength(1);
      const [{ labels: found }] = fields as [PermutationAnswer['fields'][number]];
      const rows = stored.filter(({ labels }) => labels[0] !== null);
      const has = rows.map(({ labels }) => Number(labels[0]!.includes('nine')));
      const numbers = [...Array(2 * NEURONS).keys()].filter((j) => j !== BROKEN);
      const columns = numbers.map((j) => rows.map(({ values }) => values[j]!));
      const maxima: number[] = [];
      const hash = new Uint32Array(2);
      for (let b = 0; b < 199; b++) {
        // Fisher and Yates by the hash of field, shuffle and step.
        const order = [...rows.keys()];
        for (let i = rows.length - 1; i > 0; i--) {
          halfSipHash([3, 1], Int32Array.of(0, b, i), hash);
          const j = Number((((BigInt(hash[1]!) << 32n) | BigInt(hash[0]!)) * BigInt(i + 1)) >> 64n);
          [order[i], order[j]] = [order[j]!, order[i]!];
        }
        const moved: number[] = [];
        has.forEach((is, row) => (moved[order[row]!] = is));
        maxima.push(Math.max(...columns.map((column) => Math.abs(pearson(column, moved)))));
      }
      maxima.sort((a, b) => b - a);
      const [label] = found as [(typeof found)[number]];
      expect(label.quantile_95).toBeCloseTo(maxima[9]!, 9);
      expect(label.quantile_99).toBeCloseTo(maxima[1]!, 9);
      const observed = columns.map((column, i) => ({ r: pearson(column, has), number: numbers[i]! }));
      expect(label.beyond).toBe(observed.filter(({ r }) => Math.abs(r) > maxima[9]!).length);
      observed.sort((a, b) => Math.abs(b.r) - Math.abs(a.r));
      for (const [i, { layer, neuron, value, p }] of label.best.entries()) {
        const { r, number } = observed[i]!;
        expect([layer, neuron]).toEqual([Math.floor(number / NEURONS), number % NEURONS]);
        expect(value).toBeCloseTo(r, 9);
        expect(p).toBe((1 + maxima.filter((each) => each >= Math.abs(r)).length) / 200);
      }
      expect(label.best).toHaveLength(4);
    });

    test('is shown beside the table', () => {
      const all = succeed(['concepts', at('one'), '--permutations', '--sort', 'd']).stdout;
      expect(all).toMatch(/What chance gives\n/);
      expect(all).toMatch(new RegExp(`topic=nine +\\d+ +L${LAYER}\\.N${NEURON} +\\d+\\.\\d+ +0\\.000999 `));
      expect(all).toContain('1 neuron left out');
      const one = succeed([
        'concepts',
        at('one'),
        '--permutations',
        '--label',
        'nine',
        '--limit',
        '3',
      ]).stdout;
      expect(one.split('What chance gives')[1]).toMatch(
        new RegExp(`neuron +F1 +p\\n +L${LAYER}\\.N${NEURON} `),
      );
      for (const line of [...all.split('\n'), ...one.split('\n')])
        expect(line.length).toBeLessThanOrEqual(100);
    });
  });

  test('has no table of what no label of the sample has', () => {
    succeed([
      'stats',
      model,
      files[0]!,
      '-o',
      at('seen'),
      '--quiet',
      '--label-field',
      'none',
      '--permutations',
    ]);
    expect(storedDocuments(at('seen'), 1)).toEqual([]);
    expect(rowsOf(at('seen'), 'concepts.arrow')).toEqual([]);
    expect(succeed(['concepts', at('seen'), '--permutations']).stdout).toContain('nothing was tested');
  });
});

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (of: readonly number[]) => of.reduce((sum, each) => sum + each, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, each] of x.entries()) {
    xy += (each - mx) * (y[i]! - my);
    xx += (each - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
