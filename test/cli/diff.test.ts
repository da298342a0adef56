import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { numbers, rowsOf } from '../support/arrow.js';
import { writeCheckpoint } from '../support/checkpoint.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { expectRefusal } from '../support/refusal.js';

/** Twenty neurons over three layers, whose gate is made 0: silu(0)·up is 0 on every token. */
const ZEROED = [
  ...Array.from({ length: 12 }, (_, i) => [0, 7 * i + 3] as const),
  ...Array.from({ length: 7 }, (_, i) => [3, 31 * i] as const),
  [4, 259] as const,
];

const folder = temporaryDirectory();
const inFolder = (...args: string[]) => neuroprobe(['diff', ...args], { cwd: folder });
const json = (...args: string[]) =>
  JSON.parse(inFolder(...args, '--json').stdout) as {
    says: string;
    same: boolean;
    all: { js: Record<string, number>; dead: { a: number; b: number }; died: number };
    layers: { layer: string; died: number }[];
    moved: { neuron: string; js: number }[];
    died: string[];
    gates: { failed: boolean }[];
  };

beforeAll(() => {
  const run = (model: string, out: string, ...more: string[]) =>
    succeed(['profile', model, 'c.jsonl', '-o', out, '--quiet', '--no-html', '-k', '5', ...more], {
      cwd: folder,
    });
  const lines = readFileSync(fixture('speeches.jsonl'), 'utf8').split('\n');
  writeFileSync(path.join(folder, 'c.jsonl'), lines.slice(0, 40).join('\n'));
  writeFileSync(path.join(folder, 'other.jsonl'), lines.slice(60, 80).join('\n'));
  const tokenizer = ['--tokenizer', fixture('llama-shakespeare/tokenizer.json')];
  writeCheckpoint(path.join(folder, 'zeroed.onnx'), (weights, { layer, dModel, dMlp }) => {
    for (const [at, neuron] of ZEROED)
      for (let i = 0; i < dModel; i++) if (at === layer) weights[i * dMlp + neuron] = 0;
  });
  writeCheckpoint(path.join(folder, 'moved.onnx'), (weights, { layer }) => {
    if (layer === 2) weights.forEach((weight, i) => (weights[i] = weight + 0.05 * Math.sin(i)));
  });
  copyFileSync(fixture('llama-shakespeare/config.json'), path.join(folder, 'config.json'));
  run(fixture('llama-shakespeare'), 'a.profile');
  run('zeroed.onnx', 'zeroed.profile', ...tokenizer);
  run('moved.onnx', 'moved.profile', ...tokenizer);
}, 120_000);

describe('diff of a profile with itself', () => {
  test('says that nothing differs, and ends with 0 whatever the gates', () => {
    const gates = [
      'dead > +0',
      'dead > x1',
      'died > 0',
      'js.max > 0',
      'w1.max > 0',
      'shift.max > 0',
      'rbo.min < 1',
    ];
    const { code, stdout, stderr } = inFolder(
      'a.profile',
      'a.profile',
      ...gates.flatMap((gate) => ['--fail-if', gate]),
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')[0]).toBe('no difference in 1,300 neurons; all 7 gates held');
  });

  test('gives zeros, and overlaps of 1, for every neuron', () => {
    succeed(['diff', 'a.profile', 'a.profile', '-o', 'same.arrow'], { cwd: folder });
    const rows = rowsOf(folder, 'same.arrow');
    expect(rows.length).toBe(1300);
    for (const column of ['js', 'w1', 'w1_sigma', 'shift']) {
      expect(new Set(numbers(rows, column)), column).toEqual(new Set([0]));
    }
    for (const column of ['jaccard', 'rbo'])
      expect(new Set(numbers(rows, column)), column).toEqual(new Set([1]));
    for (const column of ['died', 'revived', 'broke', 'mended'])
      expect(
        rows.some((row) => row[column]),
        column,
      ).toBe(false);
  });
});

describe('diff with a checkpoint of which 20 neurons are zeroed', () => {
  const expected = ZEROED.map(([layer, neuron]) => `L${layer}.N${neuron}`).sort();

  test('reports exactly those as died', () => {
    const found = json('a.profile', 'zeroed.profile');
    expect(found.died.toSorted()).toEqual(expected);
    expect(found.all.dead).toEqual({ a: 0, b: 20 });
    expect(found.layers.map(({ died }) => died)).toEqual([12, 0, 0, 7, 1]);
    const rows = rowsOf(folder, table('zeroed.profile'));
    const died = rows
      .filter((row) => row['died'])
      .map((row) => `L${String(row['layer'])}.N${String(row['neuron'])}`);
    expect(died.sort()).toEqual(expected);
  });

  test('the other way round, as revived', () => {
    const { stdout } = inFolder('zeroed.profile', 'a.profile');
    expect(stdout).toMatch(/^0 died, 20 revived of 1,300 neurons/);
  });

  test('says in its first line what a log needs, within 80 columns throughout', () => {
    const { code, stdout, stderr } = inFolder('a.profile', 'zeroed.profile', '--fail-if', 'dead > +1.5%');
    expect(stdout).toMatch(/^20 died, 0 revived of 1,300 neurons; JS p99 [\d.]+ bits; 1 of 1 gate failed\n/);
    expect(code).toBe(4);
    expect(stdout).toContain('failed  dead > +1.5%  all: +1.53846 points (0 → 20)');
    expect(stderr.split('\n')[0]).toBe('neuroprobe: 1 of 1 gate failed');
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
    // eslint-disable-next-line no-control-regex -- colour codes begin with ESC
    expect(stdout).not.toMatch(/\x1b/);
  });

  test('holds a gate that is wide enough', () => {
    expect(inFolder('a.profile', 'zeroed.profile', '--fail-if', 'dead > +1.6%').code).toBe(0);
  });
});

describe('diff with a checkpoint of which one layer moved', () => {
  test('finds that layer, and none before it', () => {
    const { all, moved, layers } = json('a.profile', 'moved.profile');
    expect(layers.length).toBe(5);
    expect(all.js['max']).toBeGreaterThan(0.001);
    expect(moved.every(({ neuron }) => /^L[234]\./.test(neuron))).toBe(true);
    const rows = rowsOf(folder, table('moved.profile'));
    const largest = (layer: number) =>
      Math.max(
        ...numbers(
          rows.filter((row) => row['layer'] === layer),
          'js',
        ),
      );
    expect([largest(0), largest(1)]).toEqual([0, 0]);
    expect(largest(2)).toBeGreaterThan(0.001);
  });

  test('has means, deviations and rates as the profiles have them, and figures that follow from them', () => {
    const rows = rowsOf(folder, table('moved.profile'));
    const [a, b] = ['a.profile', 'moved.profile'].map((name) =>
      rowsOf(path.join(folder, name), 'neurons.arrow'),
    );
    rows.forEach((row, i) => {
      const [before, after] = [a![i]!, b![i]!];
      for (const figure of ['mean', 'std', 'active_rate']) {
        expect([row[`${figure}_a`], row[`${figure}_b`]]).toEqual([before[figure], after[figure]]);
      }
      const pooled = Math.sqrt((Number(before['variance']) + Number(after['variance'])) / 2);
      const shift = (Number(after['mean']) - Number(before['mean'])) / pooled;
      expect(Number(row['shift'])).toBeCloseTo(shift, 12);
      expect(Number(row['w1_sigma'])).toBeCloseTo(Number(row['w1']) / Number(before['std']), 12);
    });
  });

  test('counts the documents that both profiles’ examples share', () => {
    const rows = rowsOf(folder, table('moved.profile'));
    const documents = ['a.profile', 'moved.profile'].map((name) => {
      const sets = new Map<string, Set<unknown>>();
      for (const row of rowsOf(path.join(folder, name), 'examples.arrow')) {
        const key = `${String(row['layer'])} ${String(row['neuron'])}`;
        sets.set(key, (sets.get(key) ?? new Set()).add(row['document']));
      }
      return sets;
    });
    for (const row of rows) {
      const key = `${String(row['layer'])} ${String(row['neuron'])}`;
      const [a, b] = documents.map((sets) => sets.get(key)!);
      const common = [...a!].filter((document) => b!.has(document)).length;
      expect(row['jaccard']).toBe(common / (a!.size + b!.size - common));
    }
  });
});

describe('the files of diff', () => {
  test('are Markdown and JUnit XML that say which gate failed', () => {
    const gates = ['--fail-if', 'died > 5', '--fail-if', 'js.p99 > 1'];
    const files = ['--markdown', 'd.md', '--junit', 'd.xml'];
    expect(inFolder('a.profile', 'zeroed.profile', ...gates, ...files).code).toBe(4);
    const markdown = readFileSync(path.join(folder, 'd.md'), 'utf8');
    expect(markdown).toMatch(
      /^## ❌ 20 died, 0 revived of 1,300 neurons; JS p99 [\d.]+ bits; 1 of 2 gates failed\n/,
    );
    expect(markdown).toContain('| ❌ failed | died \\> 5 | all: 20 |');
    expect(markdown).toMatch(/\| ✅ held \| js\.p99 \\> 1 \| all: 0\.\d+ bits \|/);
    const xml = readFileSync(path.join(folder, 'd.xml'), 'utf8');
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml) as {
      testsuites: Record<string, unknown> & { testsuite: Record<string, unknown> };
    };
    expect([testsuites['@_tests'], testsuites['@_failures']]).toEqual(['2', '1']);
    expect(testsuites.testsuite['testcase']).toEqual([
      {
        '@_classname': 'neuroprobe.diff',
        '@_name': 'not died > 5',
        failure: { '@_type': 'gate', '@_message': 'all: 20' },
      },
      { '@_classname': 'neuroprobe.diff', '@_name': 'not js.p99 > 1' },
    ]);
  });

  test('are not written over one that is there (73), but with --force', () => {
    table('moved.profile');
    expectRefusal(folder, ['diff', 'a.profile', 'a.profile', '-o', 'moved.profile.arrow'], 73, [
      'name another with -o',
    ]);
    succeed(['diff', 'a.profile', 'moved.profile', '-o', 'moved.profile.arrow', '--force'], { cwd: folder });
  });

  test('leave nothing where the profiles do not fit', () => {
    run('other.jsonl', 'other.profile');
    expect(inFolder('a.profile', 'other.profile', '-o', 'none.arrow').code).toBe(78);
    expect(existsSync(path.join(folder, 'none.arrow'))).toBe(false);
  });
});

describe('diff refuses', () => {
  test('profiles of other layers, and of another tap (78)', () => {
    run('c.jsonl', 'layers.profile', '--layers', '0-1', '--tap', 'pre');
    const layers = 'the list of layers is L0, L1, L2, L3, L4 in one and L0, L1 in the other';
    expectRefusal(folder, ['diff', 'a.profile', 'layers.profile'], 78, ['cannot be compared', layers]);
    run('c.jsonl', 'tap.profile', '--tap', 'pre');
    const tap = '--tap is post in one and pre in the other';
    expectRefusal(folder, ['diff', 'a.profile', 'tap.profile'], 78, ['cannot be compared', tap]);
  });

  test('a profile without figures (78)', () => {
    succeed(['topk', fixture('llama-shakespeare'), 'c.jsonl', '-o', 'topk.profile', '--quiet'], {
      cwd: folder,
    });
    expectRefusal(folder, ['diff', 'a.profile', 'topk.profile'], 78, ['topk keeps examples only']);
  });

  test('what is no profile (65, 66), and gates that are none (2)', () => {
    expectRefusal(folder, ['diff', 'a.profile', 'nowhere'], 66, ['there is no such directory']);
    expectRefusal(folder, ['diff', 'a.profile', '.'], 65, ['this is not a profile']);
    expectRefusal(folder, ['diff', 'a.profile', 'a.profile', '--fail-if', 'dead'], 2, [
      '"dead" is not a gate',
    ]);
    expectRefusal(folder, ['diff', 'a.profile', 'a.profile', '--fail-if', 'L9: dead > 1'], 2, [
      'no layer L9',
    ]);
  });
});

describe('diff --allow-different', () => {
  test('compares distributions over two corpora, says so, and leaves the examples alone', () => {
    const { code, stdout } = inFolder('a.profile', 'other.profile', '--allow-different');
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('are not the same: sha256 of the corpus (');
    expect(stdout.replace(/\s+/g, ' ')).toContain('The examples are not compared: sha256 of the corpus');
    const { all } = json('a.profile', 'other.profile', '--allow-different');
    expect(all.js['median']).toBeGreaterThan(0);
    expect((all as unknown as Record<string, { neurons: number }>)['rbo']!.neurons).toBe(0);
  });

  test('leaves examples alone that were kept by other rules, and fails a gate on them', () => {
    run('c.jsonl', 'k3.profile', '-k', '3');
    const { code, stdout } = inFolder('a.profile', 'k3.profile', '--fail-if', 'rbo.min < 0');
    expect(code).toBe(4);
    expect(stdout).toContain('The examples are not compared: --top is 5 before and 3 after.');
    expect(stdout).toContain('no neuron has it, so it cannot be judged');
  });
});

function run(corpus: string, out: string, ...more: string[]): void {
  const model = fixture('llama-shakespeare');
  succeed(['profile', model, corpus, '-o', out, '--quiet', '--no-html', '-k', '5', ...more], { cwd: folder });
}

/** diff.arrow of the first profile and another, made once. */
function table(other: string): string {
  const file = `${other}.arrow`;
  if (!existsSync(path.join(folder, file)))
    succeed(['diff', 'a.profile', other, '-o', file], { cwd: folder });
  return file;
}
