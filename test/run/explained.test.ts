import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pl from 'nodejs-polars';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXPLAIN_KINDS, NO_TOKEN, type ExplainKind } from '../../src/accumulate/explain-kinds.js';
import type { Manifest } from '../../src/profile/types.js';
import { directly } from '../analyse/explained/values.js';
import { uniform } from '../analyse/concepts/documents.js';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { placedModel, type PlacedNeuron } from '../support/placed-model.js';
import { expectSameFiles } from '../support/profiles.js';

const VOCABULARY = 40;
const CONTEXT = 24;
/** A number of many values that float32 holds exactly, so that sums of some do too. */
const effect = (i: number) => (((i + 1) * 37) % 64) / 32 - 1;

const NEURONS: { by: string; is: PlacedNeuron }[] = [
  { by: 'token', is: { token: (id) => (id === 9 ? 2 : 0), noise: 0.2 } },
  { by: 'token', is: { token: (id) => (id === 9 || id === 17 ? -2 : 0), noise: 0.2 } },
  { by: 'tokens', is: { token: (id) => (id % 2 === 0 ? 1 : -1), noise: 0.2 } },
  { by: 'previous', is: { previous: (id) => (id === 9 ? 2 : 0), noise: 0.2 } },
  { by: 'position', is: { position: (p) => (p < 3 ? 2 : 0), noise: 0.2 } },
  { by: 'position', is: { position: (p) => Math.sin(p / 3), noise: 0.2 } },
  { by: '', is: { noise: 2 } },
  // Without noise: its values are known here.
  {
    by: 'tokens',
    is: { token: effect, previous: (id) => effect(id + 5) / 4, position: (p) => effect(p) / 4 },
  },
  { by: '', is: {} },
  { by: '', is: { token: (id) => (id === 3 ? NaN : 0) } },
];
const KNOWN = 7;

describe('a profile with --explain', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const files = [at('one.jsonl'), at('two.jsonl')];
  const random = uniform(5);
  /** Documents of up to 60 tokens, in up to three windows. */
  const documents = Array.from({ length: 400 }, (_, i) =>
    Array.from({ length: (i * 7) % 61 }, () => Math.floor(random() * VOCABULARY)),
  );
  const args = (output: string, ...more: string[]) => [
    ...['profile', at('placed.onnx'), ...files, '-o', at(output), '--quiet', '-k', '2', '--around', '1'],
    ...['--context', `${CONTEXT}`, '--batch-tokens', '100', '--block-size', '4KiB'],
    ...more,
  ];
  const ALL = ['--explain', 'position,token,previous'];
  let neurons: Row[];
  let carriers: Row[];

  beforeAll(() => {
    writeFileSync(
      at('placed.onnx'),
      placedModel(
        VOCABULARY,
        CONTEXT,
        NEURONS.map(({ is }) => is),
      ),
    );
    const lines = documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`);
    writeFileSync(files[0]!, lines.slice(0, 150).join(''));
    writeFileSync(files[1]!, lines.slice(150).join(''));
    succeed(args('one', ...ALL, '--workers', '1'));
    neurons = rowsOf(at('one'), 'neurons.arrow');
    carriers = rowsOf(at('one'), 'explained.arrow');
  }, 60_000);

  test('names every planted neuron, and none that is noise, constant or broken', () => {
    expect(neurons.map((row) => row['explained_by'])).toEqual(NEURONS.map(({ by }) => by));
    for (const kind of EXPLAIN_KINDS) {
      expect(Math.abs(Number(neurons[6]![`epsilon2_${kind}`]))).toBeLessThan(0.05);
      for (const j of [8, 9])
        expect([neurons[j]![`eta2_${kind}`], neurons[j]![`epsilon2_${kind}`]]).toEqual([null, null]);
    }
  });

  /** All counted tokens with their classes and the value of the neuron whose values are known. */
  const tokens = documents.flatMap((ids) =>
    ids.map((token, i) => {
      const position = i % CONTEXT;
      const previous = i === 0 ? NO_TOKEN : ids[i - 1]!;
      // The model does not see beyond its window, but the document goes on.
      const seen = position === 0 ? 0 : effect(previous + 5) / 4;
      return { token, previous, position, value: effect(token) + seen + effect(position) / 4 };
    }),
  );

  test('has η², ε² and carriers of a direct computation in two passes', () => {
    for (const kind of EXPLAIN_KINDS) {
      const direct = directly(
        tokens.map(({ value }) => value),
        tokens.map((each) => each[kind]),
      );
      expect(neurons[KNOWN]![`eta2_${kind}`]).toBeCloseTo(direct.eta2, 10);
      expect(neurons[KNOWN]![`epsilon2_${kind}`]).toBeCloseTo(direct.epsilon2, 10);
      const rows = rowsOfKind(KNOWN, kind);
      const shares = [...direct.classes.values()].map(({ share }) => share).sort((a, b) => b - a);
      expect(rows.map((row) => row['rank'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      rows.forEach((row, rank) => {
        const ofClass = row[kind === 'position' ? 'position' : 'token_id'] as number | null;
        const { count, mean, share } = direct.classes.get(ofClass ?? NO_TOKEN)!;
        expect(row['count']).toBe(count);
        expect(row['mean']).toBeCloseTo(mean, 10);
        expect(row['share']).toBeCloseTo(share, 10);
        expect(row['share']).toBeCloseTo(shares[rank]!, 10);
        expect(row[kind === 'position' ? 'token_id' : 'position']).toBeNull();
        expect(row['token']).toBeNull(); // there is no tokenizer
      });
    }
    expect(rowsOfKind(3, 'previous')[0]).toMatchObject({ token_id: 9 });
    expect(rowsOfKind(0, 'token')[0]).toMatchObject({ token_id: 9 });
    for (const j of [8, 9]) expect(rowsOfKind(j, 'token')).toEqual([]);
  });

  function rowsOfKind(j: number, kind: ExplainKind): Row[] {
    return carriers.filter((row) => row['neuron'] === j && row['kind'] === kind);
  }

  test('is the same bytes whatever kernel, workers, shards and merges', () => {
    succeed(args('two', ...ALL, '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    succeed(args('plain', ...ALL, '--workers', '1'), { env: { NEUROPROBE_KERNEL: 'reference' } });
    expectSameFiles(at('plain'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', ...ALL, '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
    expect(succeed(['check', at('merged')]).code).toBe(0);
  }, 60_000);

  test('has the columns that were asked for alone, and all else as without', () => {
    succeed(args('without'));
    succeed(args('some', '--explain', 'previous , POSITION'));
    const names = (profile: string) => Object.keys(rowsOf(at(profile), 'neurons.arrow')[0]!);
    const added = [
      'eta2_position',
      'epsilon2_position',
      'eta2_previous',
      'epsilon2_previous',
      'explained_by',
    ];
    expect(names('some')).toEqual([...names('without'), ...added]);
    expect(new Set(rowsOf(at('some'), 'explained.arrow').map((row) => row['kind']))).toEqual(
      new Set(['position', 'previous']),
    );
    const files = (profile: string) =>
      (JSON.parse(readFileSync(path.join(at(profile), 'manifest.json'), 'utf8')) as Manifest).files;
    expect(Object.keys(files('without'))).not.toContain('explained.arrow');
    const same = ['examples.arrow', 'histograms.arrow', 'layers.arrow'];
    for (const name of same) expect(files('some')[name]).toBe(files('without')[name]);
    for (const j of NEURONS.keys())
      for (const [name, value] of Object.entries(rowsOf(at('without'), 'neurons.arrow')[j]!))
        expect([name, neurons[j]![name]]).toEqual([name, value]);
  });

  test('is shown, reported and found', () => {
    const shown = succeed(['show', at('one'), 'L0.N3', 'L0.N6']).stdout;
    expect(shown).toMatch(
      /explained, ε² \(η²\): previous-token neuron\n .*previous 0\.\d+ \(0\.\d+\)\n +by previous: id 9 \d/,
    );
    expect(shown).toMatch(/position −?0\.0\d+ \(0\.0\d+\) .*\(0\.0\d+\)\n/);
    const report = readFileSync(path.join(at('one'), 'report.txt'), 'utf8');
    expect(report).toMatch(/Tokens and positions\n─+\n[^]*L0 +10 +2 +2 +1 +0 +2\n/);
    expect(report).toMatch(/Positional neurons\n +L0\.N4 [^]*L0\.N5 /);
    for (const line of report.split('\n')) expect(line.length).toBeLessThanOrEqual(96);
    const found = succeed([
      'find',
      at('one'),
      "epsilon2_position > 0.5 and explained_by = 'position'",
      '--format',
      'json',
    ]);
    expect((JSON.parse(found.stdout) as Row[]).map((row) => row['name'])).toEqual(['L0.N4', 'L0.N5']);
    const lacking = neuroprobe(['find', at('some'), 'eta2_token > 0.5']);
    expect([lacking.code, lacking.stderr]).toEqual([2, expect.stringContaining('no column "eta2_token"')]);
    succeed(['stats', ...args('figures', ...ALL).slice(1)]);
    expect(rowsOf(at('figures'), 'explained.arrow')).toEqual(carriers);
  });

  test('tells its memory before it runs, and is refused with the figure where that is not to be had', () => {
    const loud = succeed(args('loud', ...ALL).filter((word) => word !== '--quiet'));
    expect(loud.stderr).toMatch(
      /explaining activations by position, token, previous may take \d+ MiB of a worker’s memory/,
    );
    const { code, stderr } = neuroprobe(args('no', ...ALL, '--memory', '100MiB'));
    expect(code).toBe(69);
    expect(stderr).toMatch(
      /needs \d+ MiB for one worker, \d+ MiB of it for --explain position,token,previous/,
    );
    expect(stderr).toContain('--neurons');
  });

  test('is refused where it cannot be, or is not understood', () => {
    const strange = neuroprobe(args('no', '--explain', 'position,tokens'));
    expect([strange.code, strange.stderr]).toEqual([
      2,
      expect.stringContaining('give some of position,token,previous'),
    ]);
    const topk = neuroprobe(['topk', ...args('no', ...ALL).slice(1)]);
    expect([topk.code, topk.stderr]).toEqual([2, expect.stringContaining('topk keeps no figures')]);
    const others = neuroprobe(['merge', at('shards'), at('one'), '-o', at('x'), '--quiet']);
    expect(others.code).toBe(65);
  });

  test('is exported with the columns that it adds', () => {
    succeed(['export', at('one'), '--to', 'csv', '-o', at('csv')]);
    const [header] = readFileSync(path.join(at('csv'), 'neurons.csv'), 'utf8').split('\r\n');
    expect(header!.split(',')).toEqual(
      expect.arrayContaining(['eta2_token', 'epsilon2_position', 'explained_by']),
    );
    succeed(['export', at('one'), '--to', 'parquet', '-o', at('parquet')]);
    expect(pl.readParquet(path.join(at('parquet'), 'neurons.parquet')).columns).toContain(
      'epsilon2_previous',
    );
  });
});
