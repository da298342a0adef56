import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXPLAIN_KINDS } from '../../../src/accumulate/explain-kinds.js';
import { EXPLAINED_BY } from '../../../src/profile/explained.js';
import { GATE_SIGNS } from '../../../src/profile/format.js';
import { openProfile } from '../../../src/profile/open-profile.js';
import { decodeExplained, encodeExplained } from '../../../src/report/html/explained-columns.js';
import { decodeGates, encodeGates } from '../../../src/report/html/gate-columns.js';
import {
  decodeLabels,
  encodeLabels,
  LABELS_KEPT,
  type LabelColumns,
} from '../../../src/report/html/label-columns.js';
import { renderHtml } from '../../../src/report/html/render-html.js';
import { rowsOf, type Row } from '../../support/arrow.js';
import { succeed, temporaryDirectory } from '../../support/cli.js';
import { fixture } from '../../support/fixtures.js';
import { blocksOf, type PageData } from './page-blocks.js';

const PARTS = [
  ...['--explain', 'position,token,previous', '--gate-cases'],
  ...['--label-field', 'speaker', '--lexical'],
];

const folder = temporaryDirectory();
function run(command: string, name: string, ...options: string[]): string {
  const output = path.join(folder, name);
  const inputs = [fixture('llama-shakespeare'), fixture('speeches.jsonl')];
  const few = ['--neurons', 'L0.N0-149,L4.N110-259'];
  succeed([command, ...inputs, '-o', output, '--quiet', ...few, ...options]);
  return output;
}
const dataOf = (profile: string) => blocksOf(readFileSync(path.join(profile, 'report.html'), 'utf8'));

const number = (row: Row, column: string) => (row[column] === null ? NaN : Number(row[column]));
const float = (row: Row, column: string) => Math.fround(number(row, column));

/** Rows of a table by their neuron's row in neurons.arrow. */
function byNeuron(profile: string, table: string): Map<number, Row[]> {
  const keyOf = (row: Row) => `${String(row['group'])} ${String(row['layer'])} ${String(row['neuron'])}`;
  const number = new Map(rowsOf(profile, 'neurons.arrow').map((row, i) => [keyOf(row), i]));
  const rows = new Map<number, Row[]>();
  for (const row of rowsOf(profile, `${table}.arrow`)) {
    const i = number.get(keyOf(row))!;
    rows.set(i, [...(rows.get(i) ?? []), row]);
  }
  return rows;
}

describe('parts that only some profiles have', () => {
  let profile: string;
  let data: PageData;
  beforeAll(() => {
    profile = run('profile', 'whole', '-k', '3', ...PARTS);
    data = dataOf(profile);
  });

  test('what explains a neuron is what neurons.arrow says, as the nearest float32', () => {
    const rows = rowsOf(profile, 'neurons.arrow');
    const { explainedBy, kinds } = data.explained!;
    expect(Array.from(explainedBy, (by) => EXPLAINED_BY[by])).toEqual(rows.map((row) => row['explained_by']));
    expect(new Set(explainedBy).size).toBeGreaterThan(1);
    expect(kinds.map(({ kind }) => kind)).toEqual([...EXPLAIN_KINDS]);
    for (const { kind, eta2, epsilon2 } of kinds) {
      expect([...eta2]).toEqual(rows.map((row) => float(row, `eta2_${kind}`)));
      expect([...epsilon2]).toEqual(rows.map((row) => float(row, `epsilon2_${kind}`)));
    }
  });

  test.each([
    ['concepts', 'd', 'r'],
    ['spans', 'dz', 'rank_biserial'],
  ] as const)('labels of %s.arrow are those of largest |%s| that are sure', (table, effect, correlation) => {
    const rows = byNeuron(profile, table);
    const { names, ranks } = data[table]!;
    expect(ranks).toHaveLength(LABELS_KEPT.most);
    let seen = 0;
    for (let row = 0; row < data.rows; row++) {
      const size = (of: Row, column: string) => (of[column] === null ? -1 : Math.abs(Number(of[column])));
      const best = (rows.get(row) ?? [])
        .filter((one) => one['q'] !== null && Number(one['q']) <= LABELS_KEPT.largestQ)
        .sort((a, b) => size(b, effect) - size(a, effect) || size(b, correlation) - size(a, correlation))
        .slice(0, LABELS_KEPT.most);
      const found = ranks.filter(({ name }) => !Number.isNaN(name[row]));
      expect(found.map((rank) => names[rank.name[row]!])).toEqual(
        best.map(({ field, label }) => ({ field, label })),
      );
      for (const [r, one] of best.entries()) {
        const rank = ranks[r]!;
        expect([rank.effect[row], rank.f1[row], rank.q[row]]).toEqual(
          [effect, 'f1', 'q'].map((column) => float(one, column)),
        );
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(100);
  });

  test('sign cases are those of gate_cases.arrow: counts exactly, means as the nearest float32, and the examples', () => {
    const rows = byNeuron(profile, 'gate_cases');
    expect(data.listed).toHaveLength(data.rows);
    data.listed.forEach((row, i) => {
      const own = rows.get(row)!;
      for (const [c, signs] of GATE_SIGNS.entries()) {
        const one = own.find(({ gate, up }) => `${String(gate)}${String(up)}` === signs);
        const { count, mean } = data.gates![c]!;
        expect(count[row]).toBe(one === undefined ? 0 : one['count']);
        expect(mean[row]).toBe(one === undefined ? NaN : float(one, 'mean'));
      }
      const found = data.gateExamples[i]!;
      const place = ['value', 'document', 'id', 'line', 'window', 'position'] as const;
      expect(found.map((one) => [one.side, ...place.map((name) => one[name])])).toEqual(
        own.map((one) => [`${String(one['gate'])}${String(one['up'])}`, ...place.map((name) => one[name])]),
      );
      const most = Math.max(...own.flatMap((one) => (one['context_activations'] as number[]).map(Math.abs)));
      found.forEach(({ tokens, shades }, e) => {
        expect(Array.from(tokens, (token) => data.tokens.ids[token])).toEqual(own[e]!['context_ids']);
        (own[e]!['context_activations'] as number[]).forEach((product, t) =>
          expect(Math.abs(shades[t]! - product)).toBeLessThanOrEqual((most / 252) * 1.000001),
        );
      });
    });
  });

  test('are not in the page of a profile without them, whose other data is the same', () => {
    const plain = dataOf(run('profile', 'plain', '-k', '3'));
    expect([...plain.blocks.keys()]).toEqual([
      ...['neurons', 'histograms', 'examples', 'tokens', 'listed', 'facts'],
    ]);
    expect(plain.examples).toEqual(data.examples.map((own) => own.map(withoutNumbers(data, plain))));
    expect(plain.columns).toEqual(data.columns);
  });

  test('say nothing of how many workers made them', () => {
    const two = run('profile', 'two', '-k', '3', '--workers', '2', ...PARTS);
    expect(readFileSync(path.join(two, 'report.html'))).toEqual(
      readFileSync(path.join(profile, 'report.html')),
    );
  });

  test('where the page has some neurons only, are those of these', async () => {
    const html = [...renderHtml(await openProfile(profile), { bytes: 500e3 })].join('');
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(500e3);
    const some = blocksOf(html);
    expect(some.rows).toBeLessThan(data.rows);
    expect(some.rows).toBeGreaterThan(100);
    const places = new Map(namesOf(data).map((name, row) => [name, row]));
    namesOf(some).forEach((name, row) => {
      const all = places.get(name)!;
      expect(some.explained!.explainedBy[row]).toBe(data.explained!.explainedBy[all]);
      expect(some.gates!.map(({ count }) => count[row])).toEqual(data.gates!.map(({ count }) => count[all]));
      for (const table of ['concepts', 'spans'] as const) {
        const [mine, whole] = [some[table]!, data[table]!];
        expect(mine.names[mine.ranks[0]!.name[row]!]).toEqual(whole.names[whole.ranks[0]!.name[all]!]);
        expect(mine.ranks[0]!.effect[row]).toBe(whole.ranks[0]!.effect[all]);
      }
    });
    some.listed.forEach((row, i) => {
      const whole = data.listed.indexOf(places.get(namesOf(some)[row]!)!);
      expect(some.gateExamples[i]!.map(({ value }) => value)).toEqual(
        data.gateExamples[whole]!.map(({ value }) => value),
      );
    });
  });

  test('stats has sign cases with their examples, though no other examples', () => {
    const stats = dataOf(run('stats', 'stats', '--gate-cases'));
    expect(stats.facts.has.examples).toBe(false);
    expect(stats.examples.flat()).toEqual([]);
    expect(stats.gateExamples.flat().length).toBeGreaterThan(stats.rows);
    expect([stats.explained, stats.concepts, stats.spans]).toEqual([null, null, null]);
  });
});

/** Names of a page's neurons, row by row. */
function namesOf({ facts, columns }: PageData): string[] {
  return facts.rowsOfSite
    .flatMap((count, site) => Array<number>(count).fill(site))
    .map((site, row) => `${facts.sites[site]!.layer} ${columns.neuron[row]}`);
}

/** An example of one page with the numbers that another's token table gives its tokens. */
function withoutNumbers(from: PageData, to: PageData) {
  const numberOf = new Map(to.tokens.ids.map((id, i) => [id, i]));
  return (example: PageData['examples'][number][number]) => ({
    ...example,
    tokens: example.tokens.map((token) => numberOf.get(from.tokens.ids[token]!)!),
  });
}

describe('their columns', () => {
  const doubles = (rows: number) =>
    fc
      .array(fc.maxSafeNat(), { minLength: rows, maxLength: rows })
      .map((values) => Float64Array.from(values));
  const floats = (rows: number) =>
    fc.float32Array({ minLength: rows, maxLength: rows }).map((values) => values.map((value) => value + 0));
  const some = fc.integer({ min: 0, max: 40 }).chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      kept: fc.subarray(Array.from({ length: rows }, (_, row) => row)).map((kept) => Int32Array.from(kept)),
      counts: doubles(rows),
      floats: fc.tuple(floats(rows), floats(rows), floats(rows)),
    }),
  );
  const picked = <T extends Float32Array | Float64Array>(of: T, kept: Int32Array) =>
    Array.from(kept, (row) => of[row]!);

  test('read as they were written, for the rows that are kept', () => {
    fc.assert(
      fc.property(some, ({ rows, kept, counts, floats: [a, b, c] }) => {
        const explainedBy = counts.map((count) => count % EXPLAINED_BY.length);
        const kinds = (['token', 'previous'] as const).map((kind) => ({ kind, eta2: a, epsilon2: b }));
        const explained = decodeExplained(
          encodeExplained({ explainedBy, kinds }, kept),
          kept.length,
          kinds.map(({ kind }) => kind),
        );
        expect([...explained.explainedBy]).toEqual(picked(explainedBy, kept));
        for (const { eta2, epsilon2 } of explained.kinds)
          expect([[...eta2], [...epsilon2]]).toEqual([picked(a, kept), picked(b, kept)]);

        const gates = decodeGates(
          encodeGates(
            GATE_SIGNS.map((_, i) => ({ count: counts, mean: [a, b, c, a][i]! })),
            kept,
          ),
          kept.length,
        );
        expect(gates.map(({ count }) => [...count])).toEqual(GATE_SIGNS.map(() => picked(counts, kept)));
        expect(gates.map(({ mean }) => [...mean])).toEqual([a, b, c, a].map((mean) => picked(mean, kept)));

        const names = [{ field: 'f', label: '</script>\u2028' }];
        const name = counts.map((count) => (count % 2 === 0 ? NaN : count % 1000));
        const ranks: LabelColumns['ranks'] = Array.from({ length: LABELS_KEPT.most }, () => ({
          ...{ name, effect: a, f1: b, q: c },
        }));
        const labels = decodeLabels(encodeLabels({ names, ranks }, kept), kept.length);
        expect(labels.names).toEqual(names);
        for (const rank of labels.ranks) {
          expect([...rank.name]).toEqual(picked(name, kept));
          expect([[...rank.effect], [...rank.f1], [...rank.q]]).toEqual(
            [a, b, c].map((of) => picked(of, kept)),
          );
        }
        expect(rows).toBeGreaterThanOrEqual(kept.length);
      }),
    );
  });
});
