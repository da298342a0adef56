import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Every file of two profiles but run.json, byte by byte. */
export function expectSameFiles(output: string, reference: string): void {
  const names = filesIn(reference);
  expect(filesIn(output)).toEqual(names);
  for (const name of names.filter((file) => file !== 'run.json')) {
    const same = readFileSync(path.join(output, name)).equals(readFileSync(path.join(reference, name)));
    expect(same, name).toBe(true);
  }
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
