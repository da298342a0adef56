import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

/** Models, corpora and oracles too large for the repository, where a checkout has them beside it. */
const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));

export function shared(...parts: string[]): string {
  return path.join(SHARED, ...parts);
}

/** A suite that needs files of `shared`; where one is absent it is skipped, and says why. */
export function describeWithShared(name: string, needs: string[], suite: () => void): void {
  const missing = needs.filter((need) => !existsSync(shared(need)));
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  console.warn(`skipped "${name}": ../shared/${missing.join(', ../shared/')} is not there`);
  // The suite itself reads those files when its tests are gathered, so it is not called.
  describe.skip(name, () => {
    test(`skipped: ../shared/${missing[0]} is not there`, () => {});
  });
}
