import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, the longest first: a browser, many starts of the command line, or a large corpus. */
const LONGEST = [
  'crash/crash',
  'run/shards',
  'report/html/browser/page',
  'run/resume',
  'docs/readme',
  'report/html/browser/parts',
  'cli/bad-input',
  'oracle/explained',
  'run/law',
  'run/dump',
  'docs/features',
  'run/variants',
  'run/permutations',
  'accumulate/kernel',
  'cli/diff',
  'report/html/page',
  'cli/diff-match',
  'profile/damage',
  'run/spans',
  'export/export',
  'cli/bad-shards',
  'run/concepts',
  'report/html/parts',
  'model/expose',
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
