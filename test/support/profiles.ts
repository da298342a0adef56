import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';

/** Every file of two profiles but run.json, byte by byte. */
export function expectSameFiles(output: string, reference: string): void {
  const names = readdirSync(reference).sort();
  expect(readdirSync(output).sort()).toEqual(names);
  for (const name of names.filter((file) => file !== 'run.json')) {
    const same = readFileSync(path.join(output, name)).equals(readFileSync(path.join(reference, name)));
    expect(same, name).toBe(true);
  }
}
