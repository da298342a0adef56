import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, the longest first: a browser, many starts of the command line, or a large corpus. */
const LONGEST = [
  'report/html/browser/page',
  'report/html/browser/parts',
  'cli/bad-input',
  'run/dump',
  'docs/features',
  'run/permutations',
  'cli/bad-shards',
  'cli/diff-match',
  'run/spans',
  'report/html/parts',
  'crash/crash',
  'accumulate/kernel',
  'model/expose',
  'profile/damage',
  'profile/state/damaged-state',
  'run/concepts',
  'run/explained',
  'run/gate-cases',
  'run/resume',
  'cli/bad-models',
  'analyse/permutations/permutation-check',
];

/**
 * Starts the longest files first, so that none is still running when the other worker has nothing left. Vitest itself
 * goes by the time that a file took last, and on a clean checkout by its size, which says little: one of the
 * shortest takes more than a minute.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return place === -1 ? LONGEST.length : place;
}
