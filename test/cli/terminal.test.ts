import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BIN, neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { textWidth } from '../../src/report/text-width.js';

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.warn('skipped what needs a terminal: util-linux script is not there');

// eslint-disable-next-line no-control-regex -- colour codes begin with ESC
const COLOUR = /\x1b\[[0-9;]*m/;

describe('what is printed', () => {
  const folder = temporaryDirectory();
  const args = ['show', 'out', 'L0.N4', '--top', '3'];

  beforeAll(() => {
    const run = [
      'profile',
      fixture('llama-shakespeare'),
      fixture('speeches.jsonl'),
      '-o',
      'out',
      '--limit',
      '60',
    ];
    succeed([...run, '--quiet'], { cwd: folder });
  });

  /** Runs the command on a pseudo-terminal of 80 columns. */
  function onTerminal(command: string[], env: NodeJS.ProcessEnv = {}): string {
    const line = ['stty cols 80 rows 24;', `'${process.execPath}'`, `'${BIN}'`, ...command].join(' ');
    const { stdout } = spawnSync('script', ['-qec', line, path.join(folder, 'typescript')], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '', TERM: 'xterm', ...env },
    });
    return stdout.replaceAll('\r\n', '\n');
  }

  test.skipIf(!hasScript)('has colour on a terminal, none with NO_COLOR, --no-color or TERM=dumb', () => {
    expect(onTerminal(args)).toMatch(COLOUR);
    expect(onTerminal(args, { NO_COLOR: '1' })).not.toMatch(COLOUR);
    expect(onTerminal([...args, '--no-color'])).not.toMatch(COLOUR);
    expect(onTerminal(args, { TERM: 'dumb' })).not.toMatch(COLOUR);
  });

  test.skipIf(!hasScript)('fits the terminal', () => {
    for (const line of onTerminal(args).split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  test.skipIf(!hasScript)('fits it with labels, what explains a neuron and signs of gates, too', () => {
    const run = ['profile', fixture('llama-shakespeare'), fixture('speeches.jsonl'), '-o', 'all', '--quiet'];
    const kept = [
      '--lexical',
      '--label-field',
      'speaker',
      '--explain',
      'position,token,previous',
      '--gate-cases',
    ];
    succeed([...run, ...kept, '--layers', '1', '--no-html'], { cwd: folder });
    for (const command of [
      ['concepts', 'all'],
      ['concepts', 'all', '--label', 'lexical=quote'],
      ['concepts', 'all', '--neuron', 'L1.N3'],
      ['show', 'all', 'L1.N3'],
    ]) {
      const shown = onTerminal(command).replace(new RegExp(COLOUR, 'g'), '');
      expect(shown.length).toBeGreaterThan(500);
      expect(shown.split('\n').filter((line) => textWidth(line) > 80)).toEqual([]);
    }
  });

  test('has no colour in a pipe, and marks the firing token between ⟨ and ⟩', () => {
    const { stdout } = succeed(args, { cwd: folder });
    expect(stdout).not.toMatch(COLOUR);
    expect(stdout).toMatch(/⟨j⟩/);
  });

  test('leaves nothing in the temporary folder: ONNX Runtime writes no log and sends no telemetry', () => {
    const temporary = path.join(folder, 'temporary');
    mkdirSync(temporary);
    const run = [
      'stats',
      fixture('llama-shakespeare'),
      fixture('speeches.jsonl'),
      '-o',
      'silent',
      '--limit',
      '5',
    ];
    succeed([...run, '--quiet'], { cwd: folder, env: { TMPDIR: temporary } });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is one JSON object with --json, and nothing else with --quiet', () => {
    const run = [
      'stats',
      fixture('llama-shakespeare'),
      fixture('speeches.jsonl'),
      '-o',
      'json',
      '--limit',
      '20',
    ];
    const { stdout, stderr } = succeed([...run, '--json', '--quiet'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ command: 'stats', corpus: { documents: 20 } });
    expect(stderr).toBe('');
  });

  test.each(['profile', 'topk', 'stats', 'inspect', 'expose', 'show', 'report'])(
    'has help for %s, with examples',
    (name) => {
      const { stdout, stderr, code } = neuroprobe([name, '--help']);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toContain(`Usage: neuroprobe ${name}`);
      expect(stdout).toContain(`Examples:\n  $ neuroprobe ${name}`);
      for (const line of stdout.split('\n').filter((text) => !text.includes('|'))) {
        if (!line.includes('$ neuroprobe') && !line.startsWith('      '))
          expect(line.length).toBeLessThanOrEqual(80);
      }
    },
  );
});
