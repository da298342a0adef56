import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { openProfile } from '../../../src/profile/open-profile.js';
import { rowsOf, type Row } from '../../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../../support/cli.js';
import { fixture } from '../../support/fixtures.js';
import { PLOT_STYLE } from '../../../src/report/html/assets.js';
import { codeOfCount } from '../../../src/report/html/count-code.js';
import { COLUMN_NAMES } from '../../../src/report/html/neuron-columns.js';
import { renderHtml } from '../../../src/report/html/render-html.js';
import { hostileProfile } from './hostile.js';
import { blocksOf, type PageData } from './page-blocks.js';

const folder = temporaryDirectory();

function run(command: string, name: string, ...options: string[]): string {
  const output = path.join(folder, name);
  succeed([
    command,
    fixture('llama-shakespeare'),
    fixture('speeches.jsonl'),
    '-o',
    output,
    '--quiet',
    ...options,
  ]);
  return output;
}

const pageOf = (profile: string) => readFileSync(path.join(profile, 'report.html'), 'utf8');

/** Rows of a table, nulls as NaN. */
const value = (row: Row, column: string) => (row[column] === null ? NaN : Number(row[column]));

describe('report.html of a profile', () => {
  let profile: string;
  let html: string;
  let data: PageData;

  beforeAll(() => {
    profile = run('profile', 'whole', '--bottom', '-k', '5', '--limit', '200');
    html = pageOf(profile);
    data = blocksOf(html);
  });

  test('has every neuron’s counts and places exactly, and its figures as the nearest float32', () => {
    const rows = rowsOf(profile, 'neurons.arrow');
    expect(data.rows).toBe(1300);
    for (const name of [...COLUMN_NAMES.wholes, ...COLUMN_NAMES.places]) {
      expect([...data.columns[name]], name).toEqual(rows.map((row) => value(row, name)));
    }
    for (const name of COLUMN_NAMES.figures) {
      expect([...data.columns[name]], name).toEqual(rows.map((row) => Math.fround(value(row, name))));
    }
  });

  test('has the layers of layers.arrow', () => {
    expect(data.facts.layers).toEqual(rowsOf(profile, 'layers.arrow'));
  });

  test('has of each neuron the counts of the histogram, added up over 32 equal steps', () => {
    const rows = rowsOf(profile, 'neurons.arrow');
    const bins = rowsOf(profile, 'histograms.arrow');
    for (const row of [0, 4, 777, 1299]) {
      const neuron = rows[row]!;
      const [min, max] = [Number(neuron['min']), Number(neuron['max'])];
      const own = bins.filter(
        (bin) => bin['layer'] === neuron['layer'] && bin['neuron'] === neuron['neuron'],
      );
      const step = (max - min) / 32;
      for (let i = 0; i < 32; i++) {
        // By definition: each bin's count in the proportion in which the step covers it.
        const [from, to] = [min + i * step, min + (i + 1) * step];
        const count = own.reduce((sum, bin) => {
          const [lower, upper] = [Math.max(min, Number(bin['lower'])), Math.min(max, Number(bin['upper']))];
          const covered = Math.max(0, Math.min(to, upper) - Math.max(from, lower));
          return sum + (Number(bin['count']) * covered) / (upper - lower);
        }, 0);
        const codes = [count - 1e-6, count + 1e-6].map((near) => codeOfCount(near < 1e-5 ? 0 : near));
        expect(codes).toContain(data.codes[i * 1300 + row]);
      }
    }
  });

  test('has the examples of examples.arrow, their tokens and their shading', () => {
    const rows = rowsOf(profile, 'examples.arrow');
    expect(data.listed).toHaveLength(1300);
    const byNeuron = new Map<number, Row[]>();
    for (const row of rows) {
      const number = 260 * Number(row['layer']) + Number(row['neuron']);
      byNeuron.set(number, [...(byNeuron.get(number) ?? []), row]);
    }
    data.listed.forEach((row, i) => {
      const expected = byNeuron.get(row)!;
      const found = data.examples[i]!;
      expect(
        found.map(({ side, value, document, id, line, window, position }) => [
          side,
          value,
          document,
          id,
          line,
          window,
          position,
        ]),
      ).toEqual(
        expected.map((one) =>
          ['side', 'value', 'document', 'id', 'line', 'window', 'position'].map((name) => one[name]),
        ),
      );
      const most = Math.max(
        ...expected.flatMap((one) => (one['context_activations'] as number[]).map(Math.abs)),
      );
      found.forEach((example, e) => {
        const one = expected[e]!;
        expect(data.tokens.files[example.file]).toBe(one['file']);
        expect(Array.from(example.tokens, (number) => data.tokens.ids[number])).toEqual(one['context_ids']);
        expect(Array.from(example.tokens, (number) => data.tokens.texts[number])).toEqual(
          one['context_tokens'],
        );
        expect(example.firing).toBe(Number(one['position']) - Number(one['context_start']));
        (one['context_activations'] as number[]).forEach((activation, t) =>
          expect(Math.abs(example.shades[t]! - activation)).toBeLessThanOrEqual((most / 252) * 1.000001),
        );
      });
    });
  });

  test('has the tokens of all largest values, also of neurons without examples', () => {
    const { ids } = data.tokens;
    for (const id of data.columns.max_token_id) expect(ids).toContain(id);
  });

  test('is what report --html writes', () => {
    const file = path.join(folder, 'again.html');
    const { stdout } = succeed(['report', profile, '--html', file]);
    expect(stdout).toMatch(
      /size {6}\d\.\d\d MB\n {2}table {5}all 1,300 neurons\n {2}examples {2}of all 1,300 neurons\n$/,
    );
    expect(readFileSync(file, 'utf8')).toBe(html);
  });

  test('says nothing of where and when it was made', () => {
    const elsewhere = run('profile', 'elsewhere', '--bottom', '-k', '5', '--limit', '200', '--workers', '2');
    expect(pageOf(elsewhere)).toBe(html);
    expect(html).not.toContain(folder);
  });

  test('allows itself one script, its own style and the charts’ one, each by its hash, and nothing else', () => {
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)![1]!;
    const script = /<script>([^]*?)<\/script>/.exec(html)![1]!;
    const style = /<style>([^]*?)<\/style>/.exec(html)![1]!;
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)} ${hash(PLOT_STYLE)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html.match(/<style>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<(link|iframe|img|object|embed|base)\b/);
  });

  test('the style allowed to charts is the one that Observable Plot gives them', () => {
    const source = readFileSync(
      fileURLToPath(new URL('../../../node_modules/@observablehq/plot/src/plot.js', import.meta.url)),
      'utf8',
    );
    const template = /append\("style"\)\.text\(\s*`([^`]*)`/.exec(source)![1]!;
    expect(template.replaceAll('${className}', 'chart')).toBe(PLOT_STYLE);
  });
});

describe('how many neurons have their examples in the page', () => {
  let profile: string;
  beforeAll(() => {
    profile = run('profile', 'budget', '--limit', '200');
  });

  async function rendered(keep: Parameters<typeof renderHtml>[1]) {
    const page = renderHtml(await openProfile(profile), keep);
    const pieces: string[] = [];
    for (;;) {
      const next = page.next();
      if (next.done === true) return { html: pieces.join(''), ...next.value };
      pieces.push(next.value);
    }
  }

  test.each([900e3, 1e6, 1.5e6, 2e6])(
    'a page of at most %d bytes is as large as that, almost',
    async (bytes) => {
      const page = await rendered({ bytes });
      expect(Buffer.byteLength(page.html)).toBe(page.bytes);
      expect(page.bytes).toBeLessThanOrEqual(bytes);
      expect(page.bytes).toBeGreaterThan(bytes - 10e3);
      const { listed, examples } = blocksOf(page.html);
      expect(listed).toHaveLength(page.withExamples);
      expect(examples).toHaveLength(page.withExamples);
    },
  );

  test('those of the largest kurtosis × max / σ come first, dead ones never', async () => {
    const { html } = await rendered({ neurons: 50 });
    const rows = rowsOf(profile, 'neurons.arrow').map((row, i) => ({
      i,
      dead: row['dead'],
      rank: (value(row, 'kurtosis') * value(row, 'max')) / value(row, 'std'),
    }));
    const best = rows
      .filter(({ dead, rank }) => dead === false && !Number.isNaN(rank))
      .sort((a, b) => b.rank - a.rank);
    expect(blocksOf(html).listed).toEqual(best.slice(0, 50).map(({ i }) => i));
  });

  test('a page too small for all neurons has those that rank first, and says so', async () => {
    const page = await rendered({ bytes: 530e3 });
    expect(page.bytes).toBeLessThanOrEqual(530e3);
    expect(page.inTable).toBeLessThan(1300);
    expect(page.inTable).toBeGreaterThan(100);
    const { facts, rows, columns } = blocksOf(page.html);
    expect(rows).toBe(page.inTable);
    const named = facts.rowsOfSite
      .flatMap((count, site) => Array<number>(count).fill(facts.sites[site]!.layer))
      .map((layer, i) => [layer, columns.neuron[i]]);
    const all = rowsOf(profile, 'neurons.arrow');
    named.forEach(([layer, neuron], i) => {
      const row = all.find((one) => one['layer'] === layer && one['neuron'] === neuron)!;
      expect(columns.max[i]).toBe(row['max']);
    });
  });

  test('--html-neurons says on stderr what size the page will have', () => {
    const file = path.join(folder, 'some.html');
    const { stderr, stdout } = succeed(['report', profile, '--html', file, '--html-neurons', '400']);
    const foreseen = Number(/will have about ([\d.]+) MB\n$/.exec(stderr)![1]);
    const size = readFileSync(file).length / 1e6;
    expect(Math.abs(foreseen / size - 1)).toBeLessThan(0.1);
    expect(stdout).toContain('examples  of 400 of 1,300 neurons');
  });

  test('a file that is there is replaced with --force only, one of the profile’s own never', () => {
    const file = path.join(folder, 'there.html');
    succeed(['report', profile, '--html', file, '--html-neurons', '0']);
    expect(neuroprobe(['report', profile, '--html', file]).code).toBe(73);
    expect(neuroprobe(['report', profile, '--html', file, '--force']).code).toBe(0);
    const own = neuroprobe(['report', profile, '--html', path.join(profile, 'report.html'), '--force']);
    expect([own.code, own.stderr]).toEqual([73, expect.stringContaining('own files')]);
    expect(neuroprobe(['report', profile, '--html-neurons', '5']).code).toBe(2);
  });
});

describe('pages of other commands', () => {
  test('topk: no figures, but the best example’s value, place and token; the most selective come first', () => {
    const profile = run('topk', 'topk', '--limit', '100', '--neurons', 'L1.N3-40,L4.N259');
    const { facts, rows, columns, listed } = blocksOf(pageOf(profile));
    expect(facts.has).toEqual({ figures: false, examples: true, histograms: false });
    expect(rows).toBe(39);
    expect([...columns.neuron]).toEqual([...Array.from({ length: 38 }, (_, i) => i + 3), 259]);
    const best = rowsOf(profile, 'examples.arrow').filter((row) => row['rank'] === 0);
    expect([...columns.max]).toEqual(best.map((row) => row['value']));
    expect([...columns.max_token_id]).toEqual(best.map((row) => row['token_id']));
    const selective = facts.summary.most_selective.map(({ neuron }) => neuron);
    const names = listed.map((row) => `L${row < 38 ? 1 : 4}.N${columns.neuron[row]}`);
    expect(new Set(names.slice(0, selective.length))).toEqual(new Set(selective));
  });

  test('stats: no examples', () => {
    const profile = run('stats', 'stats', '--limit', '50');
    const { facts, listed, codes } = blocksOf(pageOf(profile));
    expect(facts.has).toEqual({ figures: true, examples: false, histograms: true });
    expect(listed).toEqual([]);
    expect(codes).toHaveLength(32 * 1300);
  });
});

describe('hostile documents', () => {
  test('stay data: nothing of them stands in the page as markup', () => {
    const html = pageOf(hostileProfile(path.join(folder, 'hostile')));
    const script = /<script>([^]*?)<\/script>/.exec(html)![1]!;
    const rest = html.replace(script, '');
    expect(rest).not.toContain('hacked = 1');
    expect(rest.match(/<\/?[a-z!][^>]*>/g)!.filter((tag) => /img|onerror|<b |svg/.test(tag))).toEqual([]);
    expect(rest.match(/<title>.*<\/title>/)![0]).toContain('&#60;img src=x onerror');
    const { facts, examples, tokens } = blocksOf(html);
    expect(facts.corpus.files[0]!.path).toContain('<img src=x onerror=window.hacked=7>');
    expect(examples.flat().some(({ id }) => id!.startsWith('<b onclick'))).toBe(true);
    expect(tokens.files[0]).toContain('<img');
  });
});
