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

/** `UPDATE_DOCS=1 npm test` writes what the commands print today. */
const UPDATE = process.env['UPDATE_DOCS'] === '1';

/** What stands between ```console and ```: a command behind `$ `, and what it prints. */
const CONSOLE = /```console\n\$ (.*)\n([^]*?)```/g;

describe('README.md', () => {
  const folder = temporaryDirectory();
  const readme = readFileSync(README, 'utf8');

  beforeAll(() => {
    symlinkSync(path.join(ROOT, 'fixtures'), path.join(folder, 'fixtures'));
    mkdirSync(path.join(folder, 'bin'));
    const command = path.join(folder, 'bin', 'neuroprobe');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
    chmodSync(command, 0o755);
  });

  test('shows commands that work, and what they print', () => {
    const run = (command: string) => {
      const env = { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}` };
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      expect(status, `${command}\n${stderr}`).toBe(0);
      return stdout;
    };
    let commands = 0;
    const now = readme.replace(CONSOLE, (_, command: string) => {
      commands++;
      return `\`\`\`console\n$ ${command}\n${run(command).trimEnd()}\n\`\`\``;
    });
    expect(commands).toBeGreaterThanOrEqual(6);
    if (UPDATE) writeFileSync(README, now);
    else expect(now).toBe(readme);
  });

  test('shows JavaScript that runs', () => {
    const modules = path.join(folder, 'node_modules');
    mkdirSync(modules);
    symlinkSync(path.join(ROOT, 'node_modules', 'apache-arrow'), path.join(modules, 'apache-arrow'));
    symlinkSync(ROOT, path.join(modules, 'neuroprobe'));
    const printed = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, script]) => {
      const args = ['--input-type=module', '-e', script!];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      return stdout.trim();
    });
    expect(printed).toEqual([expect.stringMatching(/^1300 4\.85/), expect.stringMatching(/^\d\.\d+/)]);
  });

  test('has no path of a machine', () => {
    expect(readme).not.toMatch(/\/(work|root|home|tmp)\//);
  });
});

test('docs/columns.md is made from the columns of the format', () => {
  if (UPDATE) writeFileSync(COLUMNS, columnsPage());
  else expect(readFileSync(COLUMNS, 'utf8')).toBe(columnsPage());
});
