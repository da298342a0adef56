import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { neuronKey, rowsOf } from '../support/arrow.js';
import { writeCheckpoint, writePermuted } from '../support/checkpoint.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';

const [LAYERS, NEURONS] = [5, 260];
const MODEL = fixture('llama-shakespeare');

const folder = temporaryDirectory();
/** Neuron j of the permuted model is neuron 7·j + 3 (modulo 260) of the bundled one. */
const PERMUTATIONS = Array.from({ length: LAYERS }, () =>
  Int32Array.from({ length: NEURONS }, (_, j) => (7 * j + 3) % NEURONS),
);

interface Best {
  neuron: string;
  f1: number | null;
}
interface Found {
  same: boolean;
  classes?: {
    count: number;
    moves: { from: string; to: string; count: number }[];
    neurons: { neuron: string; from: string; to: string }[];
  };
  labels?: {
    compared: number;
    changed: { field: string; label: string; before: Best; after: Best; f1_kept: number | null }[];
  };
}
interface Pair {
  group: string;
  layer: number;
  neuron: number;
  field: string;
  label: string;
  f1: number | null;
}

const diff = (...args: string[]) => succeed(['diff', ...args], { cwd: folder }).stdout;
const json = (...args: string[]) => JSON.parse(diff(...args, '--json')) as Found;
/** The best neuron of each label, as `concepts` has it. */
function bestOf(profile: string): Map<string, Pair> {
  const answer = succeed(['concepts', profile, '--json'], { cwd: folder }).stdout;
  const { rows, span_rows } = JSON.parse(answer) as Record<'rows' | 'span_rows', Pair[]>;
  return new Map([...rows, ...span_rows].map((row) => [`${row.field}=${row.label}`, row]));
}
const named = (row: Pair) => neuronKey({ ...row });

beforeAll(() => {
  const run = (model: string, out: string, ...more: string[]) =>
    succeed(
      [
        ...['profile', model, 'c.jsonl', '-o', out, '--quiet', '-k', '3', '--no-html'],
        ...['--tokenizer', fixture('llama-shakespeare/tokenizer.json'), '--examples', 'match=500'],
        ...more,
      ],
      { cwd: folder },
    );
  const MEANING = ['--explain', 'position,token', '--label-field', 'speaker', '--lexical'];
  const lines = readFileSync(fixture('speeches.jsonl'), 'utf8').split('\n');
  writeFileSync(path.join(folder, 'c.jsonl'), lines.slice(0, 300).join('\n'));
  copyFileSync(fixture('llama-shakespeare/config.json'), path.join(folder, 'config.json'));
  writePermuted(path.join(folder, 'permuted.onnx'), PERMUTATIONS, 0, () => 0);
  writeCheckpoint(path.join(folder, 'moved.onnx'), (weights, { layer }) => {
    if (layer <= 2) weights.forEach((weight, i) => (weights[i] = weight + 0.1 * Math.sin(i)));
  });
  run(MODEL, 'a.profile', ...MEANING);
  run('moved.onnx', 'moved.profile', ...MEANING);
  run('permuted.onnx', 'permuted.profile', ...MEANING);
  run(MODEL, 'token.profile', '--explain', 'token');
}, 240_000);

describe('diff of what neurons are named for', () => {
  test('counts those that changed, by what they were and became', () => {
    const [before, after] = ['a.profile', 'moved.profile'].map((profile) =>
      rowsOf(path.join(folder, profile), 'neurons.arrow'),
    );
    const changed = before!.flatMap((row, i) => {
      const [from, to] = [row, after![i]!].map((one) => String(one['explained_by']));
      return from === to ? [] : [{ neuron: neuronKey(row), from, to }];
    });
    const { classes } = json('a.profile', 'moved.profile');
    expect(changed.length).toBeGreaterThan(24);
    expect(classes!.count).toBe(changed.length);
    expect(classes!.neurons).toEqual(changed.slice(0, 24));
    for (const { from, to, count } of classes!.moves)
      expect(changed.filter((one) => one.from === from && one.to === to)).toHaveLength(count);
    expect(classes!.moves.reduce((sum, { count }) => sum + count, 0)).toBe(changed.length);
    expect(diff('a.profile', 'moved.profile')).toContain('Neurons named for something else');
  });

  test('says where they cannot be compared', () => {
    const found = json('a.profile', 'token.profile');
    expect([found.classes, found.labels]).toEqual([undefined, undefined]);
    expect(diff('a.profile', 'token.profile').replace(/\s+/g, ' ')).toContain(
      'is not compared: --explain is position, token before and token after',
    );
  });
});

describe('diff of labels', () => {
  test('lists those that another neuron tells best, with the F1 of both, and of the one that was best', () => {
    const [before, after] = [bestOf('a.profile'), bestOf('moved.profile')];
    const { labels } = json('a.profile', 'moved.profile');
    expect(labels!.compared).toBe([...before.keys()].filter((name) => after.has(name)).length);
    const expected = [...before].flatMap(([name, row]) => {
      const other = after.get(name);
      if (other === undefined || named(row) === named(other)) return [];
      const of = (one: Pair) => ({ neuron: named(one), f1: one.f1 });
      return [{ field: row.field, label: row.label, before: of(row), after: of(other) }];
    });
    expect(expected.length).toBeGreaterThan(3);
    expect(
      labels!.changed.map(({ field, label, before: was, after: is }) => ({
        ...{ field, label, before: was, after: is },
      })),
    ).toEqual(expected);
    const tables = ['concepts', 'spans'].flatMap((table) =>
      rowsOf(path.join(folder, 'moved.profile'), `${table}.arrow`),
    );
    for (const { field, label, before: was, f1_kept } of labels!.changed) {
      const row = tables.find(
        (one) => one['field'] === field && one['label'] === label && neuronKey(one) === was.neuron,
      )!;
      expect(f1_kept).toBe(row['f1']);
    }
    expect(diff('a.profile', 'moved.profile')).toContain('Labels that another neuron tells best');
  });

  test('and names, of a permuted model followed to their partners, are the same', () => {
    const { classes, labels } = json('a.profile', 'permuted.profile', '--match');
    expect(classes!.count).toBe(0);
    expect(labels!.changed).toEqual([]);
    expect(labels!.compared).toBeGreaterThan(10);
    const straight = json('a.profile', 'permuted.profile');
    expect(straight.classes!.count).toBeGreaterThan(0);
    expect(straight.labels!.changed.length).toBeGreaterThan(10);
  });

  test('of a profile with itself has nothing to say', () => {
    const found = json('a.profile', 'a.profile');
    expect(found.same).toBe(true);
    expect([found.classes!.count, found.labels!.changed]).toEqual([0, []]);
    expect(diff('a.profile', 'a.profile')).not.toMatch(/named for|tells best/);
  });
});
