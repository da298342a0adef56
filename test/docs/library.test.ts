import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODEL = 'fixtures/llama-shakespeare';
const CORPUS = 'fixtures/speeches.jsonl';
const folder = temporaryDirectory();
const selective = path.join(folder, 'selective.profile');

/** Runs one of docs/examples, which take the package by its name. */
async function example(name: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const run = promisify(execFile)(process.execPath, [`docs/examples/${name}.mjs`, ...args], { cwd: ROOT });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      ...{ code: error.code, out: error.stdout, err: error.stderr },
    }),
  );
}

/** Rows of a profile's file, by a reader that is not ours. */
function rowsOf(profile: string, table: string): Record<string, unknown>[] {
  const rows = tableFromIPC(readFileSync(path.join(profile, `${table}.arrow`)));
  return rows.toArray().map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());
}

describe('docs/examples', () => {
  let printed = '';
  beforeAll(async () => {
    const { code, out, err } = await example('selective-neurons', MODEL, CORPUS, selective);
    expect(err).toBe('');
    expect(code).toBe(0);
    printed = out;
  }, 120_000);

  test('selective-neurons prints what the table says', () => {
    const best = rowsOf(selective, 'neurons')
      .filter((row) => row['dead'] === false && (row['kurtosis'] as number) > 10)
      .sort(
        (a, b) => (b['max'] as number) / (b['std'] as number) - (a['max'] as number) / (a['std'] as number),
      )
      .slice(0, 5);
    const expected = best.map(
      ({ layer, neuron, kurtosis, max }) =>
        `L${layer as number}.N${neuron as number}  kurtosis ${(kurtosis as number).toFixed(1)}  ${(max as number).toFixed(2)}  `,
    );
    const lines = printed.trimEnd().split('\n');
    expect(lines.map((line, i) => line.slice(0, expected[i]!.length))).toEqual(expected);
    for (const line of lines) expect(line).toMatch(/\[[^\]]+\]/);
  });

  test('selective-neurons says what is wrong', async () => {
    const { code, err } = await example('selective-neurons', 'fixtures/nosuch', CORPUS, selective);
    expect(code).toBe(66);
    expect(err).toContain('fixtures/nosuch: no such file or folder');
  });

  test('firing-tokens counts what the table has', async () => {
    const { out } = await example('firing-tokens', selective);
    const counts = new Map<string, Set<number>>();
    for (const { side, layer, neuron, token } of rowsOf(selective, 'examples')) {
      if (side !== 'top' || layer !== 2) continue;
      const of = counts.get(token as string) ?? new Set();
      counts.set(token as string, of.add(neuron as number));
    }
    const most = Math.max(...[...counts.values()].map(({ size }) => size));
    const line = out.split('\n').find((each) => each.startsWith('L2 '))!;
    const [, token, count] = /^L2 {2}("(?:[^"\\]|\\.)*") (\d+)/.exec(line)!;
    expect(Number(count)).toBe(most);
    expect(counts.get(JSON.parse(token!) as string)!.size).toBe(most);
  });

  test('what-changed ends as its gates say', async () => {
    const same = await example('what-changed', selective, selective, 'dead > +1%');
    expect(same.code).toBe(0);
    expect(same.out).toContain('no difference in 1,300 neurons');
    expect(same.out).toContain('1300 of 1300 neurons moved by less');
    const failing = await example('what-changed', selective, selective, 'dead > +1%', 'dead >= 0');
    expect(failing.code).toBe(4);
    expect(failing.out).toContain('1 of 2 gates failed');
  }, 120_000);
});

test('every export is documented: TypeDoc has nothing to complain of', async () => {
  const typedoc = path.join(ROOT, 'node_modules/typedoc/bin/typedoc');
  const run = await promisify(execFile)(process.execPath, [typedoc, '--emit', 'none'], { cwd: ROOT });
  expect(run.stdout + run.stderr).not.toMatch(/\[(warning|error)\]/);
}, 120_000);
