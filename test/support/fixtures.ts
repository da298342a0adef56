import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file of fixtures/, which every checkout has. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}

/** The bundled speeches, a record each. */
export function speeches(): { id: string; text: string }[] {
  return readFileSync(fixture('speeches.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; text: string });
}
