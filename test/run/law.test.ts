import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReadBlock } from '../../src/corpus/types.js';
import type { profile as Profile } from '../../src/run/profile.js';
import type { AskedProfile } from '../../src/run/defaults.js';
import { rowsOf } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

/** Workers are started from built files, so the run is the built one. */
const BUILT = new URL('../../dist/run/profile.js', import.meta.url).href;

interface RunJson {
  blocks_by_worker: number[];
  shared: number;
}

/** Labels of a speech: several, one, none, or no field. */
function shout(text: string): string[] | null {
  return text.includes('?') ? [] : text.includes('!') ? ['shout', 'any'] : text.length > 99 ? ['any'] : null;
}

describe('the law: a profile is a function of model, tokenizer, corpus and settings', () => {
  const folder = temporaryDirectory();
  const files = ['one.jsonl', 'two.jsonl'].map((name) => path.join(folder, name));
  const reference = path.join(folder, 'reference');

  beforeAll(() => {
    // Two files; every twelfth document is several speeches, so it has several windows.
    const records = speeches().map(({ id, text }, i, all) => {
      const long = i % 12 === 0 ? all.slice(i, i + 6).map((speech) => speech.text) : [text];
      return `${JSON.stringify({ id, text: long.join('\n'), long: long.length > 1, shout: shout(text) })}\n`;
    });
    writeFileSync(files[0]!, records.slice(0, 350).join(''));
    writeFileSync(files[1]!, records.slice(350).join(''));
    run(reference, '--workers', '1');
  });

  function run(output: string, ...options: string[]) {
    const kept = [
      '--examples',
      'match=50',
      '--gate-cases',
      '--bottom',
      '-k',
      '5',
      '--around',
      '4',
      '--context',
      '96',
      '--block-size',
      '8KiB',
    ];
    const labels = ['--label-field', 'long', '--label-field', 'shout'];
    const explain = ['--explain', 'position,token,previous'];
    succeed([
      'profile',
      fixture('llama-shakespeare'),
      ...files,
      '-o',
      output,
      '--quiet',
      ...kept,
      ...labels,
      ...explain,
      ...options,
    ]);
    return JSON.parse(readFileSync(path.join(output, 'run.json'), 'utf8')) as RunJson;
  }

  function expectSameBytes(output: string, as = reference): void {
    expect(readdirSync(as).length).toBeGreaterThanOrEqual(8);
    expectSameFiles(output, as);
  }

  test('two workers give the same bytes as one, and both work', () => {
    const output = path.join(folder, 'two-workers');
    const { blocks_by_worker } = run(output, '--workers', '2');
    expect(blocks_by_worker).toHaveLength(2);
    expect(Math.min(...blocks_by_worker)).toBeGreaterThan(0);
    expect(blocks_by_worker[0]! + blocks_by_worker[1]!).toBeGreaterThanOrEqual(8);
    expectSameBytes(output);
  });

  test('a block shared between workers gives the same bytes as one computed whole', () => {
    const whole = path.join(folder, 'whole-blocks');
    const shared = path.join(folder, 'shared-blocks');
    const large = ['--block-size', '1MiB', '--batch-tokens', '512']; // one block a file, many batches
    expect(run(whole, ...large, '--workers', '1').shared).toBe(0);
    const { blocks_by_worker, shared: times } = run(shared, ...large, '--workers', '4');
    expect(blocks_by_worker.reduce((a, b) => a + b)).toBe(2);
    expect(times).toBeGreaterThanOrEqual(2); // two of the four have blocks
    expectSameBytes(shared, whole);
  });

  test.each([
    ['backwards', (blocks: ReadBlock[]) => blocks.reverse()],
    [
      'with the odd ones first',
      (blocks: ReadBlock[]) => blocks.sort((a, b) => (b.block % 2) - (a.block % 2)),
    ],
  ])('blocks taken %s give the same bytes', async (name, arrange) => {
    const { profile } = (await import(BUILT)) as { profile: typeof Profile };
    const output = path.join(folder, name.replaceAll(' ', '-'));
    let arranged = 0;
    await profile(request(output), {
      arrange: async function* (blocks) {
        const all: ReadBlock[] = [];
        for await (const block of blocks) all.push(block);
        arranged = all.length;
        yield* arrange(all);
      },
    });
    expect(arranged).toBeGreaterThanOrEqual(8);
    expectSameBytes(output);
  });

  /** What the command line above asks for, in the library's words. */
  function request(output: string): AskedProfile {
    return {
      model: fixture('llama-shakespeare'),
      corpus: files,
      output,
      top: 5,
      bottom: true,
      context: 96,
      around: 4,
      blockSize: 8192,
      labelFields: ['long', 'shout'],
      explain: ['position', 'token', 'previous'],
      samples: { random: 0, bands: 0, match: 50 },
      gateCases: true,
      workers: 2,
    };
  }

  test('some neurons alone have the figures and examples that they have among all', () => {
    const output = path.join(folder, 'some');
    run(output, '--neurons', 'L1.N3-9,L4.N259');
    const arrow = (name: string) => readFileSync(path.join(name, 'neurons.arrow'));
    expect(arrow(output).equals(arrow(reference))).toBe(false);
    expect(kept(output)).toEqual(kept(reference));
  });
});

const KEPT = (row: Record<string, unknown>) =>
  (row['layer'] === 1 && Number(row['neuron']) >= 3 && Number(row['neuron']) <= 9) ||
  (row['layer'] === 4 && row['neuron'] === 259);

function kept(output: string) {
  return ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'explained.arrow'].map((file) =>
    rowsOf(output, file).filter(KEPT),
  );
}
