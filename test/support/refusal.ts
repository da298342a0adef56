import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { neuroprobe } from './cli.js';

/** What is given, the command line, the exit code, words of what is said: the sentence, the place, the cure. */
export type BadCase = [given: string, args: string[], exit: number, says: string[]];

/** Runs what must be refused in a folder; sees that it says so in three lines and changes no file there. */
export function expectRefusal(
  folder: string,
  args: string[],
  exit: number,
  says: readonly string[],
  env: NodeJS.ProcessEnv = {},
): void {
  const before = contentsOf(folder);
  const { code, stdout, stderr } = neuroprobe(args, { cwd: folder, env });
  for (const words of says) expect(stderr).toContain(words);
  expect(code).toBe(exit);
  expect(stdout).toBe('');
  // What, where, what to do (a notice may stand before).
  const lines = stderr.trimEnd().split('\n').slice(-3);
  expect(lines.map((line) => line.slice(0, 2))).toEqual(['ne', '  ', '  ']);
  expect(contentsOf(folder)).toEqual(before);
}

/** Every path in a folder, with the hash of what a file holds. */
function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const file = path.join(folder, name);
      if (statSync(file).isDirectory()) return [name, 'folder'];
      return [name, createHash('sha256').update(readFileSync(file)).digest('hex')];
    }),
  );
}
