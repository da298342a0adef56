import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/profile/types.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { normal, uniform } from '../analyse/concepts/documents.js';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { BROKEN, writePlanted } from '../support/planted-labels.js';
import { expectSameFiles } from '../support/profiles.js';

const VOCABULARY = 1024;
const NEURONS = 40;
const CONTEXT = 16;
/** Neuron 33 of layer 1 fires on the tokens of this word. */
const [LAYER, NEURON] = [1, 33];
const WORD = 'king';

const tokenizer = await openTokenizer(fixture('llama-shakespeare'));

interface TestDocument {
  text: string;
  spans?: { start: number; end: number; label: string }[] | null;
}

describe('a profile with labelled spans', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const model = at('planted.onnx');
  const files = [at('one.jsonl'), at('two.jsonl')];
  const random = uniform(11);
  const wordIds = new Set(tokenizer.encode(`the ${WORD} and`).slice(1, -1));
  const tables = [0, 1].map((layer) =>
    Float32Array.from({ length: VOCABULARY * NEURONS }, (_, i) => {
      const [token, neuron] = [Math.floor(i / NEURONS), i % NEURONS];
      const planted = layer === LAYER && neuron === NEURON && wordIds.has(token);
      return normal(random) / 4 + (planted ? 3 : 0);
    }),
  );
  // To every other neuron the word is as another, which it can be told from by none.
  const [other] = tokenizer.encode('the noble').slice(-1);
  tables.forEach((table, layer) => {
    for (const id of wordIds) {
      for (let j = 0; j < NEURONS; j++)
        if (layer !== LAYER || j !== NEURON) table[id * NEURONS + j] = table[other! * NEURONS + j]!;
    }
  });
  const words = ['the', 'noble', 'Thou', 'and', 'speak,', 'not?', 'MENENIUS', 'well.', 'é😀', '12', WORD];
  /** Documents of up to 60 words in windows of 16 tokens, some of one window, some without text or without the field. */
  const documents = Array.from({ length: 240 }, (_, i): TestDocument => {
    const chosen = Array.from(
      { length: i % 5 === 0 ? i % 61 : i % 9 },
      () => words[Math.floor(random() * words.length)]!,
    );
    const text = chosen.join(' ');
    if (i % 23 === 0) return { text };
    if (i % 29 === 0) return { text, spans: null };
    let start = 0;
    const spans = chosen.flatMap((word) => {
      const length = Array.from(word).length;
      const span = { start, end: start + length, label: word === WORD ? 'title' : 'rest' };
      start += length + 1;
      return word === WORD || random() < 0.2 ? [span] : [];
    });
    return { text, spans };
  });
  const args = (output: string, ...more: string[]) => [
    ...['profile', model, ...files, '-o', at(output), '--quiet', '-k', '2', '--around', '1'],
    ...['--tokenizer', fixture('llama-shakespeare'), '--context', `${CONTEXT}`],
    ...['--batch-tokens', '64', '--block-size', '2KiB', '--span-field', 'spans', '--lexical'],
    ...more,
  ];
  let rows: Row[];
  let manifest: Manifest;
  const room = CONTEXT - tokenizer.prefix.length - tokenizer.suffix.length;

  beforeAll(() => {
    writePlanted({ model, files }, { vocabulary: VOCABULARY, tables }, { documents, cut: 110 });
    succeed(args('one', '--workers', '1'));
    rows = rowsOf(at('one'), 'spans.arrow');
    manifest = JSON.parse(readFileSync(path.join(at('one'), 'manifest.json'), 'utf8')) as Manifest;
  }, 120_000);

  const find = (layer: number, neuron: number, label: string) =>
    rows.find((row) => row['layer'] === layer && row['neuron'] === neuron && row['label'] === label)!;
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

  /** A document's tokens: id, whether inside, place in the window as fed. */
  function tokensOf(
    { text, spans }: TestDocument,
    isInside: (start: number, end: number, position: number) => boolean,
  ) {
    const ids = tokenizer.encode(text);
    const places = tokenizer.spans(text, ids)!;
    let before = false;
    return Array.from(ids, (id, i) => {
      const [start, end] = [places.start[i]!, places.end[i]!];
      const position = tokenizer.prefix.length + (i % room);
      // A token without characters of its own is where the one before it is.
      before = start === end ? before : isInside(start, end, position);
      return { id, inside: before, hasField: spans !== undefined && spans !== null };
    });
  }

  test('has the mean difference and dz of the documents’ own tokens', () => {
    for (const label of ['title', 'rest']) {
      for (const [layer, j] of [
        [LAYER, NEURON],
        [0, 0],
        [0, 39],
        [1, 31],
        [1, 32],
      ] as const) {
        const differences = documents.flatMap((document) => {
          const own = document.spans?.filter((span) => span.label === label) ?? [];
          if (own.length === 0) return [];
          const tokens = tokensOf(document, (start, end) =>
            own.some((span) => start < span.end && end > span.start),
          );
          const [a, b] = [true, false].map((is) =>
            tokens.filter(({ inside }) => inside === is).map(({ id }) => tables[layer]![id * NEURONS + j]!),
          ) as [number[], number[]];
          return a.length === 0 || b.length === 0 ? [] : [mean(a) - mean(b)];
        });
        const row = find(layer, j, label);
        expect(row['documents']).toBe(differences.length);
        expect(Math.abs((row['mean_difference'] as number) - mean(differences))).toBeLessThan(1e-9);
        const deviations = differences.reduce((sum, d) => sum + (d - mean(differences)) ** 2, 0);
        const dz = mean(differences) / Math.sqrt(deviations / (differences.length - 1));
        expect(Math.abs((row['dz'] as number) - dz)).toBeLessThan(1e-9);
      }
    }
  });

  test('has nothing of a neuron that has no finite value', () => {
    const row = find(0, BROKEN, 'title');
    expect([row['documents'], row['mean_difference'], row['p'], row['f1']]).toEqual([0, null, null, null]);
  });

  test('counts documents of each field and label, and leaves out who lacks the field', () => {
    const [spans, lexical] = manifest.spans!;
    const has = documents.filter((document) => document.spans != null);
    expect(spans!.missing).toBe(documents.length - has.length);
    expect([spans!.unaligned, spans!.documents[0] + spans!.documents[1]]).toEqual([0, has.length]);
    expect(spans!.labels.map(({ label }) => label)).toEqual(['rest', 'title']);
    for (const { label, documents: halves } of spans!.labels) {
      const own = has.filter((document) => document.spans!.some((span) => span.label === label));
      expect(halves[0] + halves[1]).toBe(own.length);
    }
    expect([lexical!.field, lexical!.missing, lexical!.unaligned]).toEqual(['lexical', 0, 0]);
    expect(lexical!.labels.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['all caps', 'digit', 'punctuation', 'question', 'word start', 'position 4–15']),
    );
    expect(manifest.settings).toMatchObject({ span_fields: ['spans'], max_labels: 64 });
    expect(manifest.settings['lexical']).toMatch(/^Unicode \d/);
  });

  test('ranks the planted neuron first for its label', () => {
    for (const sort of ['f1', 'd']) {
      const { stdout } = succeed(['concepts', at('one'), '--label', 'spans=title', '--sort', sort, '--json']);
      const { span_rows: found } = JSON.parse(stdout) as { span_rows: Row[] };
      expect(found[0], sort).toMatchObject({
        layer: LAYER,
        neuron: NEURON,
        label: 'title',
        direction: 'above',
      });
    }
    const row = find(LAYER, NEURON, 'title');
    expect(row['q']).toBeLessThan(1e-6);
    expect(row['f1']).toBeGreaterThan(0.9);
  });

  test('is shown: the best neuron of each label, and the labels of a neuron', () => {
    const all = succeed(['concepts', at('one')]).stdout;
    expect(all).toMatch(new RegExp(`spans=title +L${LAYER}\\.N${NEURON} +[01]\\.\\d\\d`));
    const one = succeed(['concepts', at('one'), '--neuron', `L${LAYER}.N${NEURON}`]).stdout;
    expect(one).toMatch(/spans=title/);
    const report = readFileSync(path.join(at('one'), 'report.txt'), 'utf8');
    expect(report).toMatch(new RegExp(`Concepts\\n─+\\n[^]*spans=title +L${LAYER}\\.N${NEURON}`));
    const label = succeed(['concepts', at('one'), '--label', 'title']).stdout;
    expect(label).toContain('have such spans');
    for (const line of [...all, ...one, ...label].join('').split('\n'))
      expect(line.length).toBeLessThanOrEqual(100);
  });

  test('is the same bytes whatever workers, shards and merges', () => {
    succeed(args('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
    succeed(['check', at('one')]);
    succeed(args('blocks', '--workers', '3', '--block-size', '1MiB'));
    succeed(args('block', '--workers', '1', '--block-size', '1MiB'));
    expectSameFiles(at('blocks'), at('block'));
    const { shared } = JSON.parse(readFileSync(at('blocks/run.json'), 'utf8')) as { shared: number };
    expect(shared).toBeGreaterThan(0);
  }, 120_000);

  test('has the figures and tables of a run without spans', () => {
    const without = args('plain').filter((word) => !['--span-field', 'spans', '--lexical'].includes(word));
    succeed(without);
    for (const name of ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow']) {
      const of = (output: string) => readFileSync(path.join(at(output), name));
      expect(of('plain').equals(of('one')), name).toBe(true);
    }
    const none = neuroprobe(['concepts', at('plain')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--span-field FIELD or --lexical')]);
  });

  test('names what may take memory before it runs, and is refused where it does not fit', () => {
    const loud = succeed(args('loud').filter((word) => word !== '--quiet')).stderr;
    expect(loud).toMatch(
      /labels may take \d+ MiB of a worker’s memory: up to 64 labels in 1 field and 16 lexical/,
    );
    const refused = neuroprobe(args('no', '--memory', '100MiB'));
    expect([refused.code, refused.stderr]).toEqual([
      69,
      expect.stringContaining('labels (--max-labels, --lexical)'),
    ]);
  });

  test('is refused where there are more labels than --max-labels, which lexical ones are not among', () => {
    const refused = neuroprobe(args('no', '--max-labels', '1', '--workers', '1'));
    expect(refused.code).toBe(65);
    expect(refused.stderr).toMatch(/--max-labels allows, 2 of them in the field "spans"/);
    expect(refused.stderr).toMatch(/in .*one\.jsonl:\d+:\d+/);
    succeed(args('few', '--max-labels', '2'));
  });

  test('takes no record whose spans are none, or sets it aside', () => {
    const corpus = at('bad.jsonl');
    writeFileSync(
      corpus,
      '{"text":"the king","spans":[{"start":4,"end":9,"label":"a"}]}\n{"text":"the king","spans":[]}\n',
    );
    const run = ['stats', model, corpus, '-o', at('bad'), '--quiet', '--span-field', 'spans'];
    const tokens = ['--tokenizer', fixture('llama-shakespeare')];
    const { code, stderr } = neuroprobe([...run, ...tokens]);
    expect([code, stderr]).toEqual([65, expect.stringContaining('spans[0] goes from 4 to 9')]);
    expect(neuroprobe([...run, ...tokens, '--on-bad-record', 'skip']).code).toBe(3);
    expect(rowsOf(at('bad'), 'rejects.arrow').map((row) => row['reason'])).toEqual(['bad spans']);
  });

  test('says that records with ids have no lexical labels, and that no document has a field', () => {
    const corpus = at('ids.jsonl');
    writeFileSync(corpus, '{"input_ids":[1,2]}\n{"input_ids":[3]}\n');
    const run = ['stats', model, corpus, '-o', at('ids'), '--quiet', '--lexical', '--span-field', 'ner'];
    const said = succeed(run).stdout.replaceAll('\n', ' ');
    expect(said).toContain('No document has a label of lexical: of 2 it is not known which characters');
    expect(said).toContain('No document has the field ner of --span-field.');
    expect(rowsOf(at('ids'), 'spans.arrow')).toEqual([]);
    expect(succeed(['concepts', at('ids')]).stdout).toContain('nothing was tested');
  });

  test('is not asked for twice, by another’s name, or where there are no figures', () => {
    const refused = (...more: string[]) => neuroprobe(args('no', ...more));
    const lexical = refused('--span-field', 'lexical');
    expect([lexical.code, lexical.stderr]).toEqual([2, expect.stringContaining('that --lexical makes')]);
    const twice = refused('--label-field', 'spans');
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('labels of documents or spans')]);
    const topk = neuroprobe(['topk', ...args('no').slice(1)]);
    expect([topk.code, topk.stderr]).toEqual([2, expect.stringContaining('topk keeps no figures')]);
  });
});
