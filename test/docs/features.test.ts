import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { formatNeuron } from '../../src/core/neuron-name.js';
import type { ConceptRow, SpanRow } from '../../src/profile/rows.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { describeWithShared, shared } from '../support/shared.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const BEGIN = '<!-- features: made by UPDATE_DOCS=1 npx vitest run test/docs/features.test.ts -->';
const END = '<!-- end of features -->';
const NEEDS = ['models/gpt2-shakespeare/model.onnx', 'corpora/tinyshakespeare.jsonl'];

/** Speeches begin with their speaker's name; what comes before the first newline is not counted. */
const RUN = ['--label-field', 'speaker', '--lexical', '--skip-until', '\n', '--max-labels', '400'];
const SPEAKERS = 3;
const LEXICAL = 7;

interface Answer {
  rows: ConceptRow[];
  span_rows: SpanRow[];
}

describeWithShared('the table of features in the README', NEEDS, () => {
  const profile = path.join(temporaryDirectory(), 'features.profile');
  let answer: Answer;

  beforeAll(() => {
    const inputs = [shared('models/gpt2-shakespeare'), shared('corpora/tinyshakespeare.jsonl')];
    succeed(['stats', ...inputs, ...RUN, '-o', profile, '--quiet', '--no-html']);
    answer = JSON.parse(succeed(['concepts', profile, '--json']).stdout) as Answer;
  }, 600_000);

  test('is what the trained GPT-2 gives on all of Tiny Shakespeare', () => {
    const table = tableOf(answer);
    const readme = readFileSync(README, 'utf8');
    const [before, rest] = readme.split(`${BEGIN}\n`) as [string, string];
    const [held, after] = rest.split(END) as [string, string];
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(README, `${before}${BEGIN}\n${table}${END}${after}`);
    else expect(held).toBe(table);
  });

  test('names neurons that were found on one half of the documents and judged on the other', () => {
    for (const { f1, f1_chosen } of rowsOf(answer)) {
      expect(f1).not.toBeNull();
      expect(f1_chosen).not.toBeNull();
    }
  });
});

/** The labels that some neuron tells best: some of the speeches, some of the text. */
function rowsOf({ rows, span_rows }: Answer): (ConceptRow | SpanRow)[] {
  const byF1 = <T extends ConceptRow | SpanRow>(of: readonly T[]) =>
    of.filter(({ f1 }) => f1 !== null).sort((a, b) => b.f1! - a.f1!);
  const lexical = span_rows.filter(({ label }) => !label.startsWith('position'));
  return [...byF1(lexical).slice(0, LEXICAL), ...byF1(rows).slice(0, SPEAKERS)];
}

function tableOf(answer: Answer): string {
  const lines = rowsOf(answer).map((row) => {
    const isSpan = 'dz' in row;
    const figures = [
      isSpan ? `${row.label}, of tokens` : `${row.field} ${row.label}, of speeches`,
      formatNeuron(row),
      row.f1!.toFixed(2),
      row.f1_chosen!.toFixed(2),
      (isSpan ? row.dz! : row.d!).toFixed(2),
      row.q! === 0 ? '< 1e−300' : row.q!.toExponential(1).replace('-', '−'),
    ];
    return `| ${figures.join(' | ')} |\n`;
  });
  return `| feature | neuron | F1 | where found | d, or dz | q |\n|---|---|---|---|---|---|\n${lines.join('')}`;
}
