import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Coverage } from '../../../src/profile/state/coverage.js';

const blocks = fc.array(fc.tuple(fc.nat(2), fc.nat(300)), { maxLength: 60 });

function of(list: readonly (readonly [number, number])[]): Coverage {
  const coverage = new Coverage();
  for (const [file, block] of list) coverage.add(file, block);
  return coverage;
}

const keys = (list: readonly (readonly [number, number])[]) => new Set(list.map(String));

test('runs say what is covered, the same for the same set, and come back as it', () => {
  fc.assert(
    fc.property(blocks, fc.infiniteStream(fc.nat()), (list, random) => {
      const shuffled = [...list].sort(() => (random.next().value % 3) - 1);
      const runs = of(list).runs(3);
      expect(of(shuffled).runs(3)).toEqual(runs);
      expect(Coverage.of(runs).runs(3)).toEqual(runs);
      const again = Coverage.of(runs);
      for (let file = 0; file < 3; file++)
        for (let block = 0; block <= 300; block++)
          expect(again.has(file, block)).toBe(keys(list).has(`${file},${block}`));
      expect(again.count()).toBe(keys(list).size);
    }),
    { numRuns: 50 },
  );
});

test('overlap and inclusion are those of sets', () => {
  fc.assert(
    fc.property(blocks, blocks, (a, b) => {
      const common = [...keys(a)].filter((key) => keys(b).has(key));
      const overlap = of(a).overlap(of(b));
      if (common.length === 0) expect(overlap).toBeNull();
      else expect(common).toContain(`${overlap!.file},${overlap!.block}`);
      expect(of(a).includes(of(b))).toBe([...keys(b)].every((key) => keys(a).has(key)));
      const union = of(a);
      union.addAll(of(b));
      expect(union.runs(3)).toEqual(of([...a, ...b]).runs(3));
    }),
  );
});

test('neighbours are one run, and a run begins with what is skipped', () => {
  expect(
    of([
      [0, 0],
      [0, 1],
      [0, 5],
      [2, 3],
    ]).runs(3),
  ).toEqual([[0, 2, 3, 1], [], [3, 1]]);
});
