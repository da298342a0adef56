import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, type Row } from '../support/arrow.js';
import { writeCheckpoint, writePermuted } from '../support/checkpoint.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { expectRefusal } from '../support/refusal.js';

const LAYERS = 5;
const NEURONS = 260;
const MODEL = fixture('llama-shakespeare');

const folder = temporaryDirectory();
const random = seeded(3);
/** Neuron j of the permuted model is neuron PERMUTATIONS[layer][j] of the bundled one. */
const PERMUTATIONS = Array.from({ length: LAYERS }, () => permutation(NEURONS));

interface Matching {
  layer: string;
  positions: number;
  matched: number;
  r: { mean: number; min: number };
  unmatched: Record<'a' | 'b', { name: string; reason: string }[]>;
}

function diff(...args: string[]) {
  return neuroprobe(['diff', ...args], { cwd: folder });
}

function json(...args: string[]) {
  return JSON.parse(diff(...args, '--match', '--json').stdout) as {
    says: string;
    all: { neurons: number };
    matching: Matching[];
    moved: { neuron: string; neuron_b: number; match_r: number }[];
  };
}

function run(model: string, out: string, ...more: string[]): void {
  const kept = [
    '-k',
    '5',
    '--examples',
    'match=600',
    '--tokenizer',
    fixture('llama-shakespeare/tokenizer.json'),
  ];
  const args = ['profile', model, 'c.jsonl', '-o', out, '--quiet', '--no-html'];
  succeed([...args, ...kept, ...more], { cwd: folder });
}

beforeAll(() => {
  const lines = readFileSync(fixture('speeches.jsonl'), 'utf8').split('\n');
  writeFileSync(path.join(folder, 'c.jsonl'), lines.slice(0, 40).join('\n'));
  copyFileSync(fixture('llama-shakespeare/config.json'), path.join(folder, 'config.json'));
  writePermuted(path.join(folder, 'permuted.onnx'), PERMUTATIONS, 0.01, random);
  writeCheckpoint(path.join(folder, 'zeroed.onnx'), (weights, { layer, dModel, dMlp }) => {
    if (layer === 2) for (let i = 0; i < dModel; i++) weights[i * dMlp + 17] = 0;
  });
  run(MODEL, 'a.profile');
  run('permuted.onnx', 'permuted.profile');
  run('zeroed.onnx', 'zeroed.profile');
}, 240_000);

describe('diff --match with a model of which nothing is left', () => {
  const gates = ['dead > 0', 'broken > 0', 'died > 0', 'js.p99 > 0.9', 'dead > 99%'];
  beforeAll(() => {
    writeCheckpoint(path.join(folder, 'nothing.onnx'), (weights) => void weights.fill(0));
    run('nothing.onnx', 'nothing.profile');
  }, 120_000);

  test('never says that it is the same, and fails every gate but those that are seen to hold', () => {
    const args = ['a.profile', 'nothing.profile', '--match', '--json'];
    const { code, stdout } = diff(...args, ...gates.flatMap((gate) => ['--fail-if', gate]));
    const found = JSON.parse(stdout) as {
      says: string;
      same: boolean;
      all: { neurons: number; dead: { a: number; b: number } };
      gates: { gate: string; failed: boolean }[];
    };
    expect(code).toBe(4);
    expect(found.same).toBe(false);
    expect(found.all).toMatchObject({ neurons: 0, dead: { b: LAYERS * NEURONS } });
    expect(found.says).toContain('0 pairs; 1,300 and 1,300 unmatched');
    const held = found.gates.filter(({ failed }) => !failed).map(({ gate }) => gate);
    expect(held).toEqual(['broken > 0']); // no value is NaN or infinite
  });
});

describe('diff --match with a model whose neurons are permuted and its weights noised by 1 %', () => {
  const right = ({ layer, neuron, neuron_b }: Row) =>
    PERMUTATIONS[Number(layer)]![Number(neuron_b)] === Number(neuron);

  test('finds the partner of 99 % of the neurons and more', () => {
    succeed(['diff', 'a.profile', 'permuted.profile', '--match', '-o', 'm.arrow'], { cwd: folder });
    const rows = rowsOf(folder, 'm.arrow');
    expect(rows).toHaveLength(LAYERS * NEURONS);
    expect(rows.filter(right).length / rows.length).toBeGreaterThanOrEqual(0.99);
    for (let layer = 0; layer < LAYERS; layer++) {
      const partners = rows.filter((row) => row['layer'] === layer).map((row) => row['neuron_b']);
      expect(new Set(partners).size).toBe(NEURONS);
    }
  });

  test('where sorting by mean does not', () => {
    const [a, b] = ['a.profile', 'permuted.profile'].map((name) =>
      rowsOf(path.join(folder, name), 'neurons.arrow'),
    );
    let found = 0;
    for (let layer = 0; layer < LAYERS; layer++) {
      const byMean = (rows: Row[]) =>
        rows.filter((row) => row['layer'] === layer).sort((x, y) => Number(x['mean']) - Number(y['mean']));
      const others = byMean(b!);
      found += byMean(a!).filter((row, i) => right({ ...row, neuron_b: others[i]!['neuron'] })).length;
    }
    expect(found / (LAYERS * NEURONS)).toBeLessThan(0.5);
  });

  test('has r as the two columns of match.arrow have it, and the figures of the partner', () => {
    const rows = rowsOf(folder, 'm.arrow');
    const sides = ['a.profile', 'permuted.profile'].map((name) => path.join(folder, name));
    const values = sides.map((side) => byNeuron(rowsOf(side, 'match.arrow')));
    const figures = sides.map((side) => byNeuron(rowsOf(side, 'neurons.arrow')));
    for (const row of rows) {
      const [a, b] = [
        `${Number(row['layer'])} ${Number(row['neuron'])}`,
        `${Number(row['layer'])} ${Number(row['neuron_b'])}`,
      ];
      const [x, y] = [values[0]!.get(a)!, values[1]!.get(b)!].map((each) => each['activations'] as number[]);
      expect(Number(row['match_r'])).toBeCloseTo(pearson(x!, y!), 10);
      expect([row['mean_a'], row['mean_b']]).toEqual([
        figures[0]!.get(a)!['mean'],
        figures[1]!.get(b)!['mean'],
      ]);
    }
  });

  test('says so within 80 columns, and in JSON, Markdown and JUnit, with gates on the pairs', () => {
    const files = [
      '--markdown',
      'd.md',
      '--junit',
      'd.xml',
      '--fail-if',
      'js.median > 0.5',
      '--fail-if',
      'died > 0',
    ];
    const { code, stdout, stderr } = diff('a.profile', 'permuted.profile', '--match', ...files);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /\nMatching\n +layer +positions +matched +mean r +min r +unmatched\n +L0 +600 +260 +(0\.9\d+|1\.000) /,
    );
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
    expect(readFileSync(path.join(folder, 'd.md'), 'utf8')).toContain('### Matching');
    expect(XMLValidator.validate(readFileSync(path.join(folder, 'd.xml'), 'utf8'))).toBe(true);
    const { matching, all, moved } = json('a.profile', 'permuted.profile');
    expect(all.neurons).toBe(LAYERS * NEURONS);
    expect(matching.map(({ layer, matched }) => [layer, matched])).toEqual(
      PERMUTATIONS.map((_, layer) => [`L${layer}`, NEURONS]),
    );
    expect(moved[0]!.match_r).toBeGreaterThan(0);
  });
});

describe('diff --match', () => {
  test('of a profile with itself pairs every neuron with itself', () => {
    const { says, matching } = json('a.profile', 'a.profile');
    expect(says).toBe('no difference in 1,300 pairs');
    for (const { r } of matching) expect(r.min).toBeGreaterThan(1 - 1e-12);
  });

  test('lists what is constant, and whose partner that was', () => {
    const { matching, all } = json('a.profile', 'zeroed.profile');
    expect(all.neurons).toBe(1299);
    expect(matching[2]!.unmatched.b).toEqual([{ name: 'L2.N17', reason: 'constant' }]);
    expect(matching[2]!.unmatched.a.map(({ reason }) => reason)).toEqual(['left over']);
    const { stdout } = diff('a.profile', 'zeroed.profile', '--match');
    expect(stdout.replace(/\s+/g, ' ')).toContain('Unmatched after: L2.N17 (constant).');
    expect(stdout).toContain('before: 1 left over; after: 1 constant');
  });

  test('takes layers of other widths, and fails a gate on one of which no neuron is matched', () => {
    run(MODEL, 'some.profile', '--neurons', 'L0.N5-9,L1.N0-259,L2.N17,L3.N0-2,L4.N0-2');
    const { matching } = json('a.profile', 'some.profile');
    expect(matching.map(({ matched }) => matched)).toEqual([5, 260, 1, 3, 3]);
    expect(matching[0]!.unmatched.a).toHaveLength(255);
    run('zeroed.onnx', 'none.profile', '--neurons', 'L0.N5-9,L1.N0-9,L2.N17,L3.N0-2,L4.N0-2');
    const gate = diff('a.profile', 'none.profile', '--match', '--fail-if', 'L2: js.max > 0.9');
    expect(gate.code).toBe(4);
    expect(gate.stdout).toContain('no neuron has it, so it cannot be judged');
  });

  test('refuses profiles that keep no activations, or those of other tokens (78)', () => {
    const some = ['--neurons', 'L0.N0-9,L1.N0-9,L2.N0-9,L3.N0-9,L4.N0-9'];
    run(MODEL, 'plain.profile', '--examples', 'random=1', ...some);
    expectRefusal(folder, ['diff', 'a.profile', 'plain.profile', '--match'], 78, [
      'keeps no activations to match neurons by',
      'make both with --examples match',
    ]);
    run(MODEL, 'seed.profile', '--seed', '1', ...some);
    expectRefusal(folder, ['diff', 'a.profile', 'seed.profile', '--match'], 78, ['--seed is 0 in one and 1']);
    run(MODEL, 'few.profile', '--examples', 'match=9', ...some);
    expectRefusal(folder, ['diff', 'a.profile', 'few.profile', '--match'], 78, [
      'the number of positions is 600 in one and 9 in the other',
    ]);
    run(MODEL, 'short.profile', '--context', '32', ...some);
    expectRefusal(folder, ['diff', 'a.profile', 'short.profile', '--match', '--allow-different'], 78, [
      'is document ',
    ]);
  });
});

function byNeuron(rows: Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [`${Number(row['layer'])} ${Number(row['neuron'])}`, row]));
}

function pearson(x: number[], y: number[]): number {
  const mean = (of: number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xy += (value - mx) * (y[i]! - my);
    xx += (value - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xy / Math.sqrt(xx * yy);
}

/** Fisher and Yates. */
function permutation(size: number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const other = i + Math.floor(random() * (size - i));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

/** A linear congruential generator (Numerical Recipes, 1992). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
