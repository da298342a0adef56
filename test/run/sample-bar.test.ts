import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barOf, SampleBar } from '../../src/run/sample-bar.js';
import { uniform } from '../analyse/concepts/documents.js';

test('the bar lets pass all of the lowest, whatever the order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 100 }),
      (size, hashes) => {
        const bar = new SampleBar(size);
        const passed: number[] = [];
        for (const hash of hashes) {
          if (hash > barOf(bar.shared)) continue;
          passed.push(hash);
          bar.take([hash]);
        }
        const lowest = (of: number[]) => of.sort((a, b) => a - b).slice(0, size);
        expect(lowest(passed)).toEqual(lowest([...hashes]));
      },
    ),
  );
});

test('some size · (1 + 1.12 · ln(documents / size)) pass', () => {
  const [size, documents] = [400, 100_000];
  const random = uniform(1);
  const bar = new SampleBar(size);
  let passed = 0;
  for (let i = 0; i < documents; i++) {
    const hash = Math.floor(random() * 2 ** 32);
    if (hash > barOf(bar.shared)) continue;
    passed++;
    bar.take([hash]);
  }
  const foretold = size * (1 + 1.12 * Math.log(documents / size));
  expect(Math.abs(passed / foretold - 1)).toBeLessThan(0.1);
});
