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

/** `--neurons` for some of each layer of the bundled model, the first and last among them. */
export const SOME_NEURONS = [0, 1, 2, 3, 4].map((layer) => `L${layer}.N0-9,L${layer}.N250-259`).join(',');
