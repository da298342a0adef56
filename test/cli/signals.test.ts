import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BIN, temporaryDirectory } from '../support/cli.js';
import { fixture, speeches } from '../support/fixtures.js';

const MODEL = fixture('llama-shakespeare');

describe('a run that is stopped', () => {
  const folder = temporaryDirectory();

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends by that signal within 3 s, and leaves nothing',
    async (signal) => {
      const corpus = path.join(folder, 'long.jsonl');
      const lines = speeches().map(({ text }) => `${JSON.stringify({ text })}\n`);
      writeFileSync(corpus, lines.join('').repeat(40));
      const child = spawn(process.execPath, [BIN, 'profile', MODEL, corpus, '-o', 'stopped'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      // The lock is there once it listens, however slowly it began.
      while (!existsSync(path.join(folder, 'stopped.lock')) && child.exitCode === null) await setTimeout(50);
      await setTimeout(1000);
      const sent = performance.now();
      child.kill(signal);
      const [code, by] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, by]).toEqual([null, signal]);
      expect(performance.now() - sent).toBeLessThan(3000);
      expect(said).toContain('stopping');
      expect(readdirSync(folder)).toEqual(['long.jsonl']);
    },
    60_000,
  );

  test('by a bad record ends at once, though standard input stays open', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'stats', MODEL, '-', '-o', 'piped', '--block-size', '64', '--quiet'],
      {
        cwd: folder,
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // Two blocks, the first of them bad, and no end.
    child.stdin.on('error', () => {});
    child.stdin.write(`{"text": 5}\n${'{"text": "and so on and so forth"}\n'.repeat(8)}`);
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(65);
    expect(said).toContain('in standard input:1:0');
  });

  test('by a reader that has seen enough ends in silence', () => {
    const command = `"${process.execPath}" "${BIN}" profile --help | head -n 1`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stdout).toContain('Usage: neuroprobe profile');
    expect(stderr).toBe('');
  });
});
