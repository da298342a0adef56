import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BIN, neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph-builder.js';
import { expectSameFiles } from '../support/profiles.js';

/** As devices have it: one session, in a thread of its own, for all workers. Here on the CPU, so that bits can be compared. */
const SERVED = { NEUROPROBE_SESSION: 'served' };
const MODEL = fixture('llama-shakespeare');

describe('one session for all workers', () => {
  const folder = temporaryDirectory();
  const corpus = path.join(folder, 'speeches.jsonl');
  writeFileSync(
    corpus,
    speeches()
      .slice(0, 250)
      .map((speech) => `${JSON.stringify(speech)}\n`)
      .join(''),
  );

  test.each([
    ['of all neurons', ['--bottom']],
    [
      'of some, with the factors of their gates',
      ['--neurons', 'L1.N3-40', '--neurons', 'L4.N0', '--gate-cases'],
    ],
  ])('gives every byte that sessions of their own give: %s', (name, options) => {
    const args = (output: string, workers: string) => [
      ...['profile', MODEL, corpus, '-o', path.join(folder, `${name} ${output}`), '--quiet'],
      ...['--block-size', '4KiB', '--workers', workers, ...options],
    ];
    succeed(args('own', '1'));
    succeed(args('served', '3'), { env: SERVED });
    expectSameFiles(path.join(folder, `${name} served`), path.join(folder, `${name} own`));
  });

  test('lets more workers than ten do without a warning of Node’s', () => {
    const args = ['--block-size', '512', '--limit', '30', '--workers', '12', '--quiet', '--json'];
    expect(succeed(['stats', MODEL, corpus, '-o', path.join(folder, 'many'), ...args]).stderr).not.toContain(
      'MaxListeners',
    );
  });

  test('that cannot be opened is told as that of a worker is', () => {
    const g = new GraphBuilder();
    const x = g.embed(20, 8);
    // ONNX Runtime has no such operator, which shows when the session is opened.
    const h = g.op('Relu', [g.linear(g.op('Unheard', [x]), 8, 12)]);
    const file = path.join(folder, 'unknown.onnx');
    writeFileSync(file, g.bytes(g.add(x, g.linear(h, 12, 8))));
    const ids = path.join(folder, 'ids.jsonl');
    writeFileSync(ids, '{"input_ids": [1, 2, 3]}\n');
    const args = ['profile', file, ids, '-o', path.join(folder, 'unknown.profile'), '--workers', '2'];
    const own = neuroprobe(args);
    expect([own.code, own.stderr]).toEqual([69, expect.stringContaining('cannot load the model')]);
    expect(neuroprobe(args, { env: SERVED })).toEqual(own);
  });

  test('ends with a run that is stopped, which goes on by --resume', async () => {
    const long = path.join(folder, 'long.jsonl');
    const lines = speeches().map(({ text }) => `${JSON.stringify({ text })}\n`);
    writeFileSync(long, lines.join('').repeat(2));
    const args = (output: string) => [
      ...['profile', MODEL, long, '-o', path.join(folder, output), '--quiet', '--no-html', '--workers', '2'],
      ...['--checkpoint-every', '0.2', '--block-size', '4KiB'],
    ];
    const child = spawn(process.execPath, [BIN, ...args('stopped')], {
      env: { ...process.env, ...SERVED },
      stdio: 'ignore',
    });
    const partial = path.join(folder, 'stopped.partial');
    const saved = () => existsSync(partial) && readdirSync(partial).some((name) => name.endsWith('.state'));
    while (!saved() && child.exitCode === null) await setTimeout(20);
    const sent = performance.now();
    child.kill('SIGINT');
    const [code, by] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, by]).toEqual([null, 'SIGINT']);
    expect(performance.now() - sent).toBeLessThan(5000);
    succeed([...args('stopped'), '--resume'], { env: SERVED });
    succeed(args('whole'));
    expectSameFiles(path.join(folder, 'stopped'), path.join(folder, 'whole'));
  }, 120_000);
});
