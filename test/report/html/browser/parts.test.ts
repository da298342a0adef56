import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grouped } from '../../../../src/report/numbers.js';
import { rowsOf, type Row } from '../../../support/arrow.js';
import { succeed, temporaryDirectory } from '../../../support/cli.js';
import { fixture } from '../../../support/fixtures.js';
import { describeWithChromium, expectGood, launch, openFile } from './chromium.js';

/** The cells of each row of a table's body. */
const cellsIn = (page: Page, table: string) =>
  page
    .locator(`${table} tbody tr`)
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));

const isNeuron = (layer: number, neuron: number) => (row: Row) =>
  row['layer'] === layer && row['neuron'] === neuron;

/** As decimals are written, with a true minus. */
const fixed = (value: unknown, digits: number) =>
  value === null ? '–' : Number(value).toFixed(digits).replace('-', '−');

describeWithChromium('what explains neurons, labels and sign cases in a browser', () => {
  const folder = temporaryDirectory();
  const profile = path.join(folder, 'parts.profile');
  const report = path.join(profile, 'report.html');
  let browser: Browser;

  beforeAll(async () => {
    succeed([
      ...['profile', fixture('llama-shakespeare'), fixture('speeches.jsonl'), '-o', profile, '--quiet'],
      ...['--explain', 'position,token,previous', '--gate-cases', '--label-field', 'speaker', '--lexical'],
      ...['--neurons', 'L0.N0-99,L3.N0-49,L4.N210-259'],
    ]);
    browser = await launch();
  });
  afterAll(() => browser.close());

  test.each(['L0.N4', 'neurons', 'about'])('#%s opens without complaint, and is accessible', (place) =>
    expectGood(browser, report, place, `parts-${place}`),
  );

  test('a neuron’s page says what the tables say', async () => {
    const { page, trouble } = await openFile(browser, report, 'L0.N4');
    for (const [layer, neuron] of [
      [0, 4],
      [3, 17],
      [4, 259],
    ] as const) {
      const name = `L${layer}.N${neuron}`;
      await page.evaluate((place) => (location.hash = place), `#${name}`);
      await page.waitForFunction((title) => document.querySelector('h1')!.textContent === title, name);
      const row = rowsOf(profile, 'neurons.arrow').find(isNeuron(layer, neuron))!;
      expect(await cellsIn(page, '.explained table')).toEqual(
        [
          ['position', 'position'],
          ['token', 'token'],
          ['token before', 'previous'],
        ].map(([words, kind]) => [words, fixed(row[`epsilon2_${kind}`], 3), fixed(row[`eta2_${kind}`], 3)]),
      );
      const asked = ['concepts', profile, '--neuron', name, '--sort', 'd', '--json'];
      const { rows, span_rows } = JSON.parse(succeed(asked).stdout) as Record<'rows' | 'span_rows', Row[]>;
      const sure = (of: Row[], effect: string) =>
        of
          .filter(({ q }) => Number(q) <= 0.05)
          .slice(0, 3)
          .map((one) => [
            `${String(one['field'])}=${String(one['label'])}`,
            fixed(one[effect], 2),
            fixed(one['f1'], 2),
          ]);
      const tables = await page.locator('.labels table').count();
      const shown = [];
      for (let i = 0; i < tables; i++)
        shown.push(...(await cellsIn(page, `.labels .wide:nth-of-type(${i + 1}) table`)));
      expect(shown.map((cells) => cells.slice(0, 3))).toEqual([...sure(span_rows, 'dz'), ...sure(rows, 'd')]);
      const cases = rowsOf(profile, 'gate_cases.arrow').filter(isNeuron(layer, neuron));
      const values = await page.locator('.gates .value').allTextContents();
      expect(values.map((text) => text.slice(0, 3))).toEqual(
        cases.map(({ gate, up }) => `${String(gate)} ${String(up)}`.replaceAll('-', '−')),
      );
      const firing = await page.locator('.gates .context mark').allTextContents();
      expect(firing).toHaveLength(cases.length);
      const places = await page.locator('.gates .place:nth-child(3)').allTextContents();
      expect(places.map((text) => / at ([\d,]+:\d+) /.exec(text)![1]!.replace(',', ''))).toEqual(
        cases.map(({ document, position }) => `${String(document)}:${String(position)}`),
      );
    }
    expect(trouble).toEqual([]);
    await page.close();
  });

  test('the table has columns and filters for class and label', async () => {
    const { page, trouble } = await openFile(browser, report, 'neurons');
    const neurons = rowsOf(profile, 'neurons.arrow');
    const count = async (filter: string) => {
      await page.fill('#filter', filter);
      return page.textContent('.count');
    };
    for (const name of ['token', 'n-gram', 'position']) {
      const named = neurons.filter((row) => row['explained_by'] === name).length;
      expect(await count(`class:${name}`)).toBe(`${grouped(named)} of 200 neurons`);
    }
    const none = neurons.filter((row) => row['explained_by'] === '').length;
    expect(none).toBeGreaterThan(0);
    expect(await count('class:none')).toBe(`${grouped(none)} of 200 neurons`);
    const above = neurons.filter((row) => Math.fround(Number(row['epsilon2_token'])) > 0.3).length;
    expect(await count('epsilon2_token>0.3')).toBe(`${grouped(above)} of 200 neurons`);
    expect(await count('class:nothing-such')).toContain('not understood: class:nothing-such');

    // The best label of each neuron, from the table of all.
    const best = new Map<string, Row>();
    for (const row of rowsOf(profile, 'spans.arrow')) {
      if (row['q'] === null || Number(row['q']) > 0.05) continue;
      const name = `L${String(row['layer'])}.N${String(row['neuron'])}`;
      const held = best.get(name);
      if (held === undefined || Math.abs(Number(row['dz'])) > Math.abs(Number(held['dz'])))
        best.set(name, row);
    }
    const starts = [...best].filter(([, row]) => row['label'] === 'word start');
    expect(starts.length).toBeGreaterThan(0);
    expect(await count('label:"word start" dz>0')).toBe(
      `${grouped(starts.filter(([, row]) => Number(row['dz']) > 0).length)} of 200 neurons`,
    );
    await count('');
    await page.click('th button:text-is("dz")');
    const first = await page.locator('.neurons tbody th a').first().textContent();
    const most = [...best].reduce((a, b) => (Number(b[1]['dz']) > Number(a[1]['dz']) ? b : a));
    expect(first).toBe(most[0]);
    expect(trouble).toEqual([]);
    await page.close();
  });
});

describeWithChromium('pages of models with groups, and without a tokenizer', () => {
  const folder = temporaryDirectory();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  /** Records of ids; 40 of them share a label. */
  function profiled(graph: string, ...options: string[]): string {
    const corpus = path.join(folder, `${graph}.jsonl`);
    const records = Array.from({ length: 120 }, (_, d) => ({
      input_ids: Array.from({ length: 5 + ((7 * d) % 20) }, (_, p) => 3 + ((d * 13 + p * p * 5 + p) % 50)),
      kind: d % 3 === 0 ? 'third' : 'other',
    }));
    writeFileSync(corpus, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const profile = path.join(folder, `${graph}.profile`);
    const inputs = [fixture(`graphs/${graph}.onnx`), corpus];
    succeed(['profile', ...inputs, '-o', profile, '--quiet', '--context', '16', ...options]);
    return profile;
  }

  test.each([
    ['t5-legacy-14', 'enc.L1.N5', '[]'],
    ['llama-stripped', 'L1.N5', '["--gate-cases"]'],
  ])('%s: names, figures, ids', async (graph, name, more) => {
    const options = JSON.parse(more) as string[];
    const profile = profiled(
      graph,
      ...['--explain', 'position,token,previous', '--label-field', 'kind', '--lexical', ...options],
    );
    const report = path.join(profile, 'report.html');
    for (const place of ['overview', 'neurons', name, 'about'])
      await expectGood(browser, report, place, `${graph}-${place}`);

    const { page, trouble } = await openFile(browser, report, name);
    const row = rowsOf(profile, 'neurons.arrow').find(isNeuron(1, 5))!;
    expect(await page.textContent('h1')).toBe(name);
    const term = (of: string) => page.textContent(`.figures dl > div:has(dt:text-is("${of}")) dd`);
    expect(Math.fround(Number((await term('mean'))!.replace('−', '-')))).toBe(
      Math.fround(Number(row['mean'])),
    );
    expect(await term('max on token')).toBe(`[${String(row['max_token_id'])}]`);
    const examples = rowsOf(profile, 'examples.arrow').filter(isNeuron(1, 5));
    const firing = await page.locator('[aria-label^="top" i] .context mark').allTextContents();
    expect(firing.map((text) => text.trim())).toEqual(examples.map((one) => String(one['token_id'])));
    const context = await page.locator('[aria-label^="top" i] .context').first().textContent();
    expect(context!.trim().split(/\s+/)).toEqual((examples[0]!['context_ids'] as number[]).map(String));
    // No text, so nothing of what it shows could be tested.
    expect(await page.textContent('.labels')).toContain('inside of: none is sure enough');

    await page.evaluate(() => (location.hash = '#neurons'));
    await page.waitForSelector('#filter');
    await page.fill('#filter', name.replace(/\.N5$/, ''));
    expect(await page.textContent('.count')).toBe('88 of 176 neurons');
    await page.fill('#filter', name);
    expect(await page.locator('.neurons tbody th a').allTextContents()).toEqual([name]);
    await page.fill('header input', name.replace('enc.', 'encoder.'));
    await page.press('header input', 'Enter');
    await page.waitForFunction((title) => document.querySelector('h1')!.textContent === title, name);
    expect(trouble).toEqual([]);
    await page.close();
  });
});
