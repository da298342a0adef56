import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReadBlock } from '../../src/corpus/types.js';
import { float16Bits } from '../../src/profile/dump/float16.js';
import type { Manifest } from '../../src/profile/types.js';
import type { profile as Profile } from '../../src/run/profile.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { checkpointed, start } from '../crash/lives.js';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';
import { expectRefusal } from '../support/refusal.js';
import { float16, readSafetensors } from '../support/safetensors.js';

/** Workers are started from built files, so the run is the built one. */
const BUILT = new URL('../../dist/run/profile.js', import.meta.url).href;
const MODEL = fixture('llama-shakespeare');
const CONTEXT = 48;
const ABOVE = 0.4;

const NEURONS = 'L1.N3-9,L1.N12,L4.N200-259';
const KEPT: Record<string, number[]> = {
  L1: [3, 4, 5, 6, 7, 8, 9, 12],
  L4: Array.from({ length: 60 }, (_, i) => 200 + i),
};
const FILES = ['delphi/L1/3_12.safetensors', 'delphi/L4/200_259.safetensors'];

/** A hit as a line of text: file's layer, row, position, neuron, value. */
function hitsOf(profile: string, file: string): string[] {
  const { locations, activations } = readSafetensors(path.join(profile, file)) as Record<
    'locations' | 'activations',
    { values: number[] }
  >;
  const first = Number(path.basename(file).split('_')[0]);
  return activations.values.map((value, i) => {
    const [row, position, latent] = locations.values.slice(3 * i, 3 * i + 3);
    return `${path.basename(path.dirname(file))} ${row} ${position} ${first + latent!} ${value}`;
  });
}

describe('--dump delphi', () => {
  const folder = temporaryDirectory();
  const at = (...names: string[]) => path.join(folder, ...names);
  const corpora = [at('a.jsonl'), at('b.jsonl')];
  const texts = speeches()
    .slice(0, 90)
    .map(({ text }, i, all) =>
      i % 9 === 0
        ? all
            .slice(i, i + 4)
            .map((each) => each.text)
            .join('\n')
        : text,
    );
  const dump = ['--dump', 'delphi', '--above', String(ABOVE)];
  const args = (output: string, ...more: string[]) => [
    ...[
      'profile',
      MODEL,
      ...corpora,
      '-o',
      at(output),
      '--no-html',
      '--neurons',
      NEURONS,
      '--context',
      String(CONTEXT),
    ],
    ...['--block-size', '2KiB', '-k', '2', '--around', '2', '--active-above', String(ABOVE)],
    ...more,
  ];

  beforeAll(() => {
    const lines = texts.map((text) => `${JSON.stringify({ text })}\n`);
    writeFileSync(corpora[0]!, lines.slice(0, 50).join(''));
    writeFileSync(corpora[1]!, lines.slice(50).join(''));
    succeed(args('one', ...dump, '--workers', '1', '--quiet'));
  });

  test('holds every activation above the threshold that ONNX Runtime gives window by window, and no other', async () => {
    const tokenizer = await openTokenizer(MODEL);
    const { prefix, suffix } = tokenizer;
    succeed(['expose', MODEL, '-o', at('exposed.onnx'), '--layers', '1,4']);
    const session = await InferenceSession.create(at('exposed.onnx'));
    const outputs = session.outputNames;
    expect(outputs).toHaveLength(2);
    const rows: number[][] = [];
    const hits: Record<string, string[]> = { L1: [], L4: [] };
    for (const text of texts) {
      const ids = [...tokenizer.encode(text)];
      const room = CONTEXT - prefix.length - suffix.length;
      for (let from = 0; from < ids.length; from += room) {
        const run = ids.slice(from, from + room);
        const fed = [...prefix, ...run, ...suffix];
        const input = (values: number[]) =>
          new Tensor('int64', BigInt64Array.from(values, BigInt), [1, fed.length]);
        const feeds = {
          input_ids: input(fed),
          attention_mask: input(fed.map(() => 1)),
          position_ids: input(fed.map((_, i) => i)),
        };
        const known = Object.fromEntries(
          Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)),
        );
        const result = await session.run(known);
        for (const [i, layer] of ['L1', 'L4'].entries()) {
          const { data, dims } = result[outputs[i]!]!;
          for (let position = prefix.length; position < prefix.length + run.length; position++) {
            for (const neuron of KEPT[layer]!) {
              const value = (data as Float32Array)[position * dims.at(-1)! + neuron]!;
              if (value > ABOVE)
                hits[layer]!.push(
                  `${layer} ${rows.length} ${position} ${neuron} ${float16(float16Bits(value))}`,
                );
            }
          }
        }
        rows.push([...fed, ...Array<number>(CONTEXT - fed.length).fill(0)]);
      }
    }
    await session.release();
    expect(rows.length).toBeGreaterThan(texts.length);
    for (const file of FILES) {
      const found = hitsOf(at('one'), file);
      expect(found.length).toBeGreaterThan(100);
      expect(found).toEqual(hits[file.split('/')[1]!]);
      const { tokens, locations, activations } = readSafetensors(at('one', file));
      expect(tokens).toEqual({ dtype: 'I64', shape: [rows.length, CONTEXT], values: rows.flat() });
      expect([locations!.dtype, activations!.dtype]).toEqual(['U16', 'F16']);
    }
  });

  test('has as many of each neuron as are active where that is the same threshold', () => {
    const counts = new Map<string, number>();
    for (const hit of FILES.flatMap((file) => hitsOf(at('one'), file))) {
      const [layer, , , neuron] = hit.split(' ');
      counts.set(`${layer}.N${neuron}`, (counts.get(`${layer}.N${neuron}`) ?? 0) + 1);
    }
    const active = rowsOf(at('one'), 'neurons.arrow').map(({ layer, neuron, active_count }) => [
      `L${Number(layer)}.N${Number(neuron)}`,
      Number(active_count),
    ]);
    expect(active).toHaveLength(68);
    expect(Object.fromEntries(active.filter(([, count]) => count !== 0))).toEqual(Object.fromEntries(counts));
    const { corpus, settings } = JSON.parse(readFileSync(at('one', 'manifest.json'), 'utf8')) as Manifest;
    expect(corpus.dumped).toBe([...counts.values()].reduce((a, b) => a + b));
    expect(settings).toMatchObject({ dump: 'delphi', dump_above: ABOVE });
  });

  test('has the config that delphi’s loader reads beside each layer', () => {
    const { corpus } = JSON.parse(readFileSync(at('one', 'manifest.json'), 'utf8')) as Manifest;
    for (const layer of ['L1', 'L4']) {
      expect(JSON.parse(readFileSync(at('one', 'delphi', layer, 'config.json'), 'utf8'))).toEqual({
        ...{ dataset_repo: corpora.join(', '), dataset_split: '', dataset_name: '', dataset_column: 'text' },
        ...{ batch_size: 1, cache_ctx_len: CONTEXT, ctx_len: CONTEXT, n_splits: 1, model_name: MODEL },
        n_tokens: corpus.windows * CONTEXT,
      });
    }
    expect(readdirSync(at('one', 'delphi')).sort()).toEqual(['L1', 'L4']);
  });

  test('changes no other file', () => {
    succeed(args('without', '--quiet'));
    for (const file of ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow'])
      expect(readFileSync(at('without', file)).equals(readFileSync(at('one', file)))).toBe(true);
    expect(readdirSync(at('without'))).not.toContain('delphi');
    const { corpus, settings } = JSON.parse(readFileSync(at('without', 'manifest.json'), 'utf8')) as Manifest;
    expect([corpus.dumped, settings['dump'], settings['dump_above']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('is the same with two workers, with the reference kernel, and of blocks that several share', () => {
    succeed(args('two', ...dump, '--workers', '2', '--quiet'));
    expectSameFiles(at('two'), at('one'));
    succeed(args('reference', ...dump, '--quiet'), { env: { NEUROPROBE_KERNEL: 'reference' } });
    expectSameFiles(at('reference'), at('one'));
    const large = ['--block-size', '1MiB', '--batch-tokens', '200', '--quiet'];
    succeed(args('whole', ...dump, ...large, '--workers', '1'));
    succeed(args('shared', ...dump, ...large, '--workers', '4'));
    const { shared } = JSON.parse(readFileSync(at('shared', 'run.json'), 'utf8')) as { shared: number };
    expect(shared).toBeGreaterThan(0);
    expectSameFiles(at('shared'), at('whole'));
    for (const file of FILES) expect(hitsOf(at('whole'), file)).toEqual(hitsOf(at('one'), file));
  }, 300_000);

  test('is the same of blocks taken backwards', async () => {
    const { profile } = (await import(BUILT)) as { profile: typeof Profile };
    const asked = {
      ...{ model: MODEL, corpus: corpora, output: at('backwards'), neurons: NEURONS, context: CONTEXT },
      ...{ blockSize: 2048, top: 2, around: 2, activeAbove: ABOVE, workers: 2, html: false },
    };
    await profile(
      { ...asked, dump: { to: 'delphi', above: ABOVE, limit: 2 ** 30 } },
      {
        arrange: async function* (blocks) {
          const all: ReadBlock[] = [];
          for await (const block of blocks) all.push(block);
          yield* all.reverse();
        },
      },
    );
    expectSameFiles(at('backwards'), at('one'));
  });

  test('stops where it grows larger than it may be, and goes on from there where it may be larger', () => {
    const few = ['--checkpoint-every', '0.01', '--batch-tokens', '100', '--workers', '1', '--quiet'];
    const { code, stderr } = neuroprobe(args('limited', ...dump, ...few, '--dump-limit', '60k'));
    expect([code, stderr]).toEqual([75, expect.stringContaining('the dump is larger than it may be')]);
    succeed(args('limited', ...dump, ...few, '--resume'));
    succeed(args('unlimited', ...dump, '--batch-tokens', '100', '--quiet'));
    expectSameFiles(at('limited'), at('unlimited'));
  });

  test('says beforehand what it takes, estimates it on the way, and tells at the end what it is and where', () => {
    const settings = ['--block-size', '512', '--context', '256'];
    const { stdout, stderr } = succeed(args('told', ...dump, ...settings, '--workers', '1'));
    const said = stderr.replace(/\s+/g, ' ');
    expect(said).toMatch(
      /a dump takes 8 or 14 bytes of disk for each activation above 0\.4 of 68 neurons, and 4,096 for each window; at most \d+ MiB, were the corpus all short records, each byte a token, and every activation above\. The run stops above 8\.0 GiB \(--dump-limit\)/,
    );
    expect(said).toMatch(/the dump will take about 1 MiB, by \d+ of the corpus’ \d+ blocks/);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /Dumped [\d,]+ activations above 0\.4 in [\d,]+ windows for delphi: .*told\/delphi\. Of the dump’s rows \d\d\.\d % are counted tokens: delphi takes stretches of padding/,
    );
    expect(readFileSync(at('told', 'report.txt'), 'utf8')).toMatch(
      /dumped +[\d,]+ activations above 0\.4, for delphi/,
    );
    // There already, and of these settings.
    succeed(args('told', ...dump, ...settings, '--quiet'));
    const other = neuroprobe(args('told', '--dump', 'delphi', '--above', '0.5', ...settings, '--quiet'));
    expect([other.code, other.stderr]).toEqual([
      73,
      expect.stringContaining('its dump_above was 0.4, not 0.5'),
    ]);
  });

  test('is checked with the rest of the profile', () => {
    succeed(['check', at('one')]);
    cpSync(at('one'), at('damaged'), { recursive: true });
    const file = at('damaged', FILES[0]!);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    rmSync(at('damaged', 'delphi/L4/config.json'));
    writeFileSync(at('damaged', 'delphi/L4/0_199.safetensors'), 'of another run');
    const { code, stderr } = neuroprobe(['check', at('damaged')]);
    expect(code).toBe(65);
    expect(stderr).toContain(`${FILES[0]} is damaged`);
    expect(stderr).toContain('delphi/L4/config.json is missing');
    expect(stderr).toContain('delphi/L4/0_199.safetensors is not of this profile');
  });

  test('is refused in words where it cannot be had', () => {
    const run = ['profile', MODEL, corpora[0]!, '-o', 'no', '--quiet'];
    const refused = (more: string[], exit: number, ...says: string[]) =>
      expectRefusal(folder, [...run, ...more], exit, says);
    refused(['--dump', 'delphi'], 2, 'it does not know which activations to write', '--above X');
    refused(['--above', '1'], 2, 'there is no dump', '--dump delphi');
    refused(['--dump-limit', '1k'], 2, 'there is no dump');
    refused(['--dump', 'delphi', '--above', '-1'], 2, '-1 is no threshold for a dump', 'give 0 or more');
    refused(['--dump', 'csv', '--above', '1'], 2, '--dump', 'delphi');
    refused(
      [...dump, '--shard', '0/2'],
      2,
      'a dump is written by one run over the whole corpus',
      'leave out --shard',
    );
    for (const command of ['topk', 'stats']) {
      const [, ...words] = run;
      expectRefusal(folder, [command, ...words, ...dump], 2, [`${command} writes no dump`, 'run profile']);
    }
    expectRefusal(folder, ['merge', 'one', '-o', 'no'], 78, ['a state holds nothing of what is dumped']);
    expectRefusal(folder, ['export', 'one', '--to', 'delphi', '-o', 'no'], 65, [
      'its run has dumped them: give delphi the profile’s own folder delphi',
    ]);
    expectRefusal(folder, ['export', 'without', '--to', 'delphi', '-o', 'no'], 65, [
      `neuroprobe profile ${MODEL} ${corpora[0]} … --dump delphi --neurons L0.N0-99 --above 1 -o DIR`,
    ]);
    const cluster = [
      'cluster',
      'parallel',
      '--shards',
      '2',
      'profile',
      MODEL,
      corpora[0]!,
      '-o',
      'no',
      ...dump,
    ];
    expectRefusal(folder, cluster, 2, ['a dump is written by one run over the whole corpus']);
  });

  test('is read by safetensors and numpy as delphi’s loader reads it, and written as that library writes it', (context) => {
    const python = process.env['NEUROPROBE_PYTHON'] ?? 'python3';
    const has = spawnSync(python, ['-c', 'import numpy, safetensors'], { encoding: 'utf8' });
    if (has.status !== 0)
      return context.skip(`${python} has no numpy and safetensors (NEUROPROBE_PYTHON names another)`);
    const script = fileURLToPath(new URL('read_delphi.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync(python, [script, at('one', 'delphi')], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const read = JSON.parse(stdout) as { tokens: number[][]; hits: [place: string, value: number][] };
    const hits = read.hits.map(([place, value]) => `${place} ${value}`);
    expect(hits.sort()).toEqual(FILES.flatMap((file) => hitsOf(at('one'), file)).sort());
    expect(read.tokens.flat()).toEqual(readSafetensors(at('one', FILES[0]!))['tokens']!.values);
  });
});

test('a killed run with --dump goes on to the same bytes', async () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const all = speeches();
  const lines = Array.from({ length: 400 }, (_, i) => {
    const [a, b] = [all[i % all.length]!, all[(7 * i + 3) % all.length]!];
    return `${JSON.stringify({ text: `${a.text}\n${b.text} ${i}` })}\n`;
  });
  writeFileSync(at('c.jsonl'), lines.join(''));
  const args = (output: string, ...more: string[]) => [
    ...[
      'profile',
      MODEL,
      at('c.jsonl'),
      '-o',
      at(output),
      '--no-html',
      '--quiet',
      '-k',
      '2',
      '--around',
      '2',
      '--neurons',
      'L0.N0-99,L3.N0-99',
    ],
    ...['--block-size', '8KiB', '--checkpoint-every', '0.1', '--dump', 'delphi', '--above', '0.2', ...more],
  ];
  succeed(args('reference'));
  for (const lives of [1, 2]) {
    const output = `killed-${lives}`;
    for (let life = 0; life < lives; life++) {
      const { child, ended } = start(args(output, '--workers', '2', '--resume'));
      const before = (await checkpointed(at(output)).catch(() => null))?.covered.count() ?? 0;
      const enough = async () => {
        const found = await checkpointed(at(output)).catch(() => ({ files: 0, covered: { count: () => 0 } }));
        return found.files >= 2 && found.covered.count() > before + 3;
      };
      while (!(await enough())) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill('SIGKILL');
      expect((await ended).signal).toBe('SIGKILL');
    }
    const partial = readdirSync(`${at(output)}.partial`).filter((name) => name.endsWith('.dump'));
    expect(partial.length).toBeGreaterThanOrEqual(2);
    if (lives === 1) {
      const spool = path.join(`${at(output)}.partial`, partial[0]!);
      const whole = readFileSync(spool);
      writeFileSync(spool, whole.subarray(0, 100));
      const { code, stderr } = neuroprobe(args(output, '--resume'));
      expect([code, stderr]).toEqual([
        65,
        expect.stringContaining('the dumped activations of this checkpoint'),
      ]);
      writeFileSync(spool, whole);
    }
    succeed(args(output, '--workers', '3', '--resume'));
    expectSameFiles(at(output), at('reference'));
    expect(statSync(at(output)).isDirectory()).toBe(true);
  }
}, 300_000);
