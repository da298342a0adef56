import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { columnsPage } from './columns-page.js';
import { BIN, temporaryDirectory } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = path.join(ROOT, 'README.md');
const COLUMNS = path.join(ROOT, 'docs/columns.md');
const STATE = path.join(ROOT, 'docs/state.md');

/** `UPDATE_DOCS=1 npm test` writes what the commands print today. */
const UPDATE = process.env['UPDATE_DOCS'] === '1';

/** What stands between ```console and ```, in a list or not: a command behind `$ `, and what it prints. */
const CONSOLE = /^( *)```console\n\1\$ (.*)\n[^]*?^\1```/gm;

describe('README.md', () => {
  const folder = temporaryDirectory();
  const readme = readFileSync(README, 'utf8');
  const inFolder = (command: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });

  beforeAll(() => {
    symlinkSync(path.join(ROOT, 'fixtures'), path.join(folder, 'fixtures'));
    mkdirSync(path.join(folder, 'bin'));
    const command = path.join(folder, 'bin', 'neuroprobe');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
    chmodSync(command, 0o755);
    const sbatch = path.join(folder, 'bin', 'sbatch');
    writeFileSync(sbatch, readFileSync(path.join(ROOT, 'test/docs/sbatch.sh')));
    chmodSync(sbatch, 0o755);
  });

  test('shows commands that work, and what they print', () => {
    const run = (command: string) => {
      const PATH = `${path.join(folder, 'bin')}:${process.env['PATH']}`;
      // Both streams, as on a terminal.
      const { status, stdout } = inFolder('bash', ['-c', `exec 2>&1\n${command}`], { PATH });
      expect(status, `${command}\n${stdout}`).toBe(0);
      return stdout.trimEnd().split('\n');
    };
    let commands = 0;
    const printed = new Map<string, string[]>();
    const now = readme.replace(CONSOLE, (_, indent: string, command: string) => {
      commands++;
      const lines = ['```console', `$ ${command}`, ...run(command), '```'];
      printed.set(command, lines);
      return indented(lines, indent);
    });
    expect(commands).toBe(readme.match(/```console/g)!.length);
    // Another test may have written its part meanwhile.
    if (UPDATE) writeFileSync(README, blocks(readFileSync(README, 'utf8'), printed));
    else expect(now).toBe(readme);
  }, 300_000);

  test('shows how to install the command in a home', () => {
    const [, shown] = /```sh\n *npm ci && npm run build\n([^]*?)```/.exec(readme)!;
    // `npm ci` is what made this checkout; npm must not reach for the network.
    const script = `set -e\ncd "${ROOT}"\n${shown}\ncd "$HOME"\ncommand -v neuroprobe\nneuroprobe --version`;
    const env = { HOME: folder, npm_config_offline: 'true', npm_config_update_notifier: 'false' };
    const { status, stdout, stderr } = inFolder('bash', ['-c', script], env);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\.local\/bin\/neuroprobe\n\d+\.\d+\.\d+\n$/);
  });

  test('shows JavaScript that runs', () => {
    const modules = path.join(folder, 'node_modules');
    mkdirSync(modules);
    symlinkSync(path.join(ROOT, 'node_modules', 'apache-arrow'), path.join(modules, 'apache-arrow'));
    symlinkSync(ROOT, path.join(modules, 'neuroprobe'));
    const printed = [...scriptsOf(readme)].map((script) => {
      const { status, stdout, stderr } = inFolder(process.execPath, ['--input-type=module', '-e', script]);
      expect(status, stderr).toBe(0);
      return stdout.trim();
    });
    expect(printed).toEqual([expect.stringMatching(/^1300 4\.85/), expect.stringMatching(/^\d\.\d+/)]);
  });

  test('docs/state.md shows how to read a state', () => {
    const [script] = scriptsOf(readFileSync(STATE, 'utf8'));
    const { status, stdout, stderr } = inFolder(process.execPath, ['--input-type=module', '-e', script!]);
    expect(status, stderr).toBe(0);
    // As `neuroprobe show demo.profile L0.N4` says of the same neuron.
    expect(stdout).toBe(
      '600 documents, 5 layers\nL0: 260 neurons, 31094 tokens; of neuron 4: 0 zero, 18636 positive\n',
    );
  });

  test('has no path of a machine', () => {
    expect(readme).not.toMatch(/\/(work|root|home|tmp)\//);
  });
});

test('docs/columns.md is made from the columns of the format', () => {
  if (UPDATE) writeFileSync(COLUMNS, columnsPage());
  else expect(readFileSync(COLUMNS, 'utf8')).toBe(columnsPage());
});

function scriptsOf(page: string): string[] {
  return [...page.matchAll(/```js\n([^]*?)```/g)].map(([, script]) => script!);
}

/** A text with its console blocks as they were printed. */
function blocks(text: string, printed: ReadonlyMap<string, string[]>): string {
  return text.replace(CONSOLE, (block, indent: string, command: string) => {
    const lines = printed.get(command);
    return lines === undefined ? block : indented(lines, indent);
  });
}

function indented(lines: readonly string[], indent: string): string {
  return lines.map((line) => (line === '' ? '' : indent + line)).join('\n');
}
