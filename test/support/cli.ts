import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const BIN = fileURLToPath(new URL('../../bin/neuroprobe.js', import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command line, as a user would, with nothing of a terminal around it. */
export function neuroprobe(
  args: string[],
  options: { cwd?: string; input?: string | Buffer; env?: NodeJS.ProcessEnv } = {},
): CliResult {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 256 * 2 ** 20,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** Runs a command that must succeed. */
export function succeed(args: string[], options?: Parameters<typeof neuroprobe>[1]): CliResult {
  const result = neuroprobe(args, options);
  if (result.code !== 0)
    throw new Error(`neuroprobe ${args.join(' ')} ended with ${result.code}:\n${result.stderr}`);
  return result;
}

/** A directory of a test file's own, gone when its tests are done. */
export function temporaryDirectory(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
