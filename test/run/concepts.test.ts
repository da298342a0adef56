import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/profile/types.js';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
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

describe('a profile with labels', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const model = at('planted.onnx');
  const files = [at('one.jsonl'), at('two.jsonl')];
  const random = uniform(11);
  const tables = topicTables(random);
  const documents = Array.from({ length: 300 }, (_, i) => {
    const document = topicDocument(random, i);
    return { ...document, even: i % 2 === 0, size: document.input_ids.length };
  });
  const args = (output: string, ...more: string[]) => [
    ...['profile', model, ...files, '-o', at(output), '--quiet', '-k', '2', '--around', '1'],
    ...['--context', `${CONTEXT}`, '--batch-tokens', '40', '--block-size', '2KiB'],
    ...['--label-field', 'topic', '--label-field', 'even'],
    ...more,
  ];
  let rows: Row[];
  let manifest: Manifest;

  beforeAll(() => {
    writePlanted({ model, files }, { vocabulary: VOCABULARY, tables }, { documents, cut: 130 });
    succeed(args('one', '--workers', '1'));
    rows = rowsOf(at('one'), 'concepts.arrow');
    manifest = JSON.parse(readFileSync(path.join(at('one'), 'manifest.json'), 'utf8')) as Manifest;
  }, 60_000);

  const labelsOf = ({ topic }: (typeof documents)[number]) => (typeof topic === 'string' ? [topic] : topic);
  /** Largest activation over a document's tokens. */
  const valueOf = (layer: number, neuron: number, ids: readonly number[]) =>
    Math.max(...ids.map((token) => tables[layer]![token * NEURONS + neuron]!));
  const find = (layer: number, neuron: number, label: string) =>
    rows.find((row) => row['layer'] === layer && row['neuron'] === neuron && row['label'] === label)!;

  test('counts documents of each field and label, those without tokens too, and leaves out who lacks the field', () => {
    const [topic, even] = manifest.labels!;
    expect(topic!.missing).toBe(documents.filter((each) => labelsOf(each) === null).length);
    expect(topic!.documents[0] + topic!.documents[1]).toBe(documents.length - topic!.missing);
    expect(topic!.labels.map(({ label }) => label)).toEqual(['nine', 'odd', 'other']);
    for (const { label, documents: halves } of topic!.labels) {
      const has = documents.filter((each) => labelsOf(each)?.includes(label)).length;
      expect(halves[0] + halves[1]).toBe(has);
    }
    expect(even!.labels.map(({ label, documents: [a, b] }) => [label, a + b])).toEqual([
      ['false', 150],
      ['true', 150],
    ]);
    expect(even!.missing).toBe(0);
    expect(manifest.settings['label_fields']).toEqual(['topic', 'even']);
    expect(manifest.settings['max_labels']).toBe(64);
  });

  test('has one value a document, the largest over all its windows', () => {
    for (const label of ['nine', 'other']) {
      for (let layer = 0; layer < 2; layer++) {
        for (let j = 0; j < NEURONS; j++) {
          const row = find(layer, j, label);
          if (layer === 0 && j === BROKEN) {
            expect([row['with_count'], row['mean_with'], row['p']]).toEqual([0, null, null]);
            continue;
          }
          const given = documents.filter((each) => labelsOf(each) !== null && each.input_ids.length > 0);
          const values = given.map((each) => valueOf(layer, j, each.input_ids));
          const isOf = given.map((each) => Number(labelsOf(each)!.includes(label)));
          const ofLabel = values.filter((_, i) => isOf[i] === 1);
          expect(row['with_count']).toBe(ofLabel.length);
          expect(row['without_count']).toBe(values.length - ofLabel.length);
          expect(row['mean_with']).toBeCloseTo(mean(ofLabel), 9);
          const deviations = (all: number[]) => all.map((x) => x - mean(all));
          const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
          const [x, y] = [deviations(values), deviations(isOf)];
          expect(row['r']).toBeCloseTo(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)), 9);
        }
      }
    }
  });

  test('ranks the planted neuron first for its label', () => {
    const { stdout } = succeed(['concepts', at('one'), '--label', 'topic=nine', '--json']);
    const { rows: found } = JSON.parse(stdout) as { rows: Row[] };
    expect(found[0]).toMatchObject({ layer: LAYER, neuron: NEURON, label: 'nine', direction: 'above' });
    expect(found[0]!['f1']).toBe(1);
    expect(found[0]!['q']).toBeLessThan(1e-3);
    for (const sort of ['auroc', 'd', 'r', 'p']) {
      const again = succeed(['concepts', at('one'), '--label', 'nine', '--sort', sort]).stdout;
      expect(/N\d+/.exec(again.split('neuron  ')[1]!)![0], sort).toBe(`N${NEURON}`);
    }
  });

  test('is shown: the best neuron of each label, and the labels of a neuron', () => {
    const all = succeed(['concepts', at('one')]).stdout;
    expect(all).toMatch(new RegExp(`topic=nine +L${LAYER}\\.N${NEURON} +1\\.00 +\\(1\\.00\\)`));
    const one = succeed(['concepts', at('one'), '--neuron', `L${LAYER}.N${NEURON}`]).stdout;
    expect(/topic=\w+ +\d/.exec(one)![0]).toMatch(/^topic=nine/);
    expect(readFileSync(path.join(at('one'), 'report.txt'), 'utf8')).toMatch(
      new RegExp(`Concepts\\n─+\\n[^]*topic=nine +L${LAYER}\\.N${NEURON}`),
    );
    for (const line of [...all.split('\n'), ...one.split('\n')]) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('stands on the page of a neuron that show prints: the labels of largest effect', () => {
    const name = `L${LAYER}.N${NEURON}`;
    const shown = succeed(['show', at('one'), name]).stdout;
    const { stdout } = succeed(['concepts', at('one'), '--neuron', name, '--sort', 'd', '--json']);
    const sure = (JSON.parse(stdout) as { rows: Row[] }).rows.filter(
      ({ q }) => q !== null && (q as number) <= 0.05,
    );
    const lines = shown.split('\n');
    const listed = lines.slice(lines.findIndex((line) => /^ {2}documents of +d +F1 +q$/.test(line)) + 1);
    for (const { field, label, d } of sure.slice(0, 3)) {
      const [line] = listed.splice(0, 1);
      expect(line).toMatch(new RegExp(`^  ${field as string}=${label as string} +`));
      expect(line).toContain((d as number).toFixed(2).replace('-', '−'));
    }
    expect(listed[0]).toBe('');
    expect(sure[0]).toMatchObject({ field: 'topic', label: 'nine' });
  });

  test('is the same bytes whatever workers, shards and merges', () => {
    succeed(args('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
  }, 60_000);

  test('has other halves under another seed', () => {
    succeed(args('seed', '--seed', '5'));
    const other = JSON.parse(readFileSync(path.join(at('seed'), 'manifest.json'), 'utf8')) as Manifest;
    expect(other.labels![1]!.documents).not.toEqual(manifest.labels![1]!.documents);
    const auroc = rowsOf(at('seed'), 'concepts.arrow').map((row) => row['auroc']);
    expect(auroc).toEqual(rows.map((row) => row['auroc']));
  });

  test('names what may take memory before it runs', () => {
    const { stderr } = succeed(args('loud').filter((word) => word !== '--quiet'));
    expect(stderr).toMatch(/labels may take \d+ MiB of a worker’s memory: up to 64 labels in 2 fields/);
  });

  test('says early that a field brings no label, and of no other', () => {
    const more = ['--label-field', 'topik', '--span-field', 'entity', '--neurons', 'L0.N1'];
    const words = args('typo', ...more).filter((word) => word !== '--quiet');
    const [topik, entity, ...others] = succeed(words).stderr.match(/none of the first [^?]*\?/g)!;
    expect(topik).toMatch(
      /^none of the first 1\d\d documents has a label for --label-field topik: is that its name\?$/,
    );
    expect(entity).toMatch(/ documents has a label for --span-field entity: is that its name\?$/);
    expect(others).toEqual([]);
  });

  describe('of more labels than --max-labels', () => {
    const refused = ({ code, stderr }: ReturnType<typeof neuroprobe>) => {
      expect(code).toBe(65);
      expect(stderr).toContain('--max-labels');
      expect(stderr).toContain('of them in the field "size"');
    };

    test('is refused, with the field and the record that brings one too many', () => {
      const result = neuroprobe(args('no', '--label-field', 'size', '--max-labels', '12', '--workers', '1'));
      refused(result);
      expect(result.stderr).toMatch(/in .*one\.jsonl:\d+:\d+/);
    });

    test('is refused by a merge, where each shard has few enough', () => {
      // Blocks of one record each: a shard of two has two of the four.
      const corpus = at('few.jsonl');
      const line = (size: number) => `${JSON.stringify({ input_ids: [1, 2], size }).padEnd(63)}\n`;
      writeFileSync(corpus, [1, 2, 3, 4].map(line).join(''));
      const run = (...more: string[]) => [
        ...['stats', model, corpus, '-o', at('few'), '--quiet', '--block-size', '64', '--workers', '1'],
        ...['--label-field', 'size', '--max-labels', '3', ...more],
      ];
      for (const i of [0, 1]) succeed(run('--shard', `${i}/2`));
      refused(neuroprobe(['merge', at('few'), '-o', at('too-many'), '--quiet']));
      refused(neuroprobe([...run(), '--force', '-o', at('whole')]));
      refused(neuroprobe([...run(), '-o', at('apart'), '--workers', '2']));
    });
  });

  test('is refused where there are no labels to ask for', () => {
    succeed(args('plain').filter((word) => !['--label-field', 'topic', 'even'].includes(word)));
    const none = neuroprobe(['concepts', at('plain')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('made without labels')]);
    const strange = neuroprobe(['concepts', at('one'), '--label', 'topic=ten']);
    expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('it has: topic=nine')]);
    const topk = neuroprobe(['topk', ...args('no').slice(1)]);
    expect([topk.code, topk.stderr]).toEqual([2, expect.stringContaining('topk keeps no figures')]);
    const twice = neuroprobe(args('no', '--label-field', 'even'));
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('"even" is named twice')]);
  });

  test('says that no document has a field, and has a table without rows', () => {
    const run = ['stats', model, files[0]!, '-o', at('slip'), '--quiet', '--label-field', 'topci'];
    expect(succeed(run).stdout).toContain('No document has the field topci of --label-field.');
    expect(rowsOf(at('slip'), 'concepts.arrow')).toEqual([]);
    const { stdout } = succeed(['concepts', at('slip')]);
    expect(stdout).toContain('No document has the field topci.');
    expect(stdout).toContain('nothing was tested');
    expect(succeed(['concepts', at('slip'), '--neuron', 'L0.N1']).stdout).toContain('nothing was tested');
  });

  test('takes no record whose label is none, or sets it aside', () => {
    const corpus = at('bad.jsonl');
    writeFileSync(corpus, '{"input_ids":[1],"topic":{"a":1}}\n{"input_ids":[1],"topic":"b"}\n');
    const run = ['stats', model, corpus, '-o', at('bad'), '--quiet', '--label-field', 'topic'];
    const { code, stderr } = neuroprobe(run);
    expect(code).toBe(65);
    expect(stderr).toContain('the label in "topic" is an object');
    expect(neuroprobe([...run, '--on-bad-record', 'skip']).code).toBe(3);
    expect(rowsOf(at('bad'), 'rejects.arrow').map((row) => row['reason'])).toEqual(['bad label']);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
