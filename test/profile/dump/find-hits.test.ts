import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findHits } from '../../../src/profile/dump/find-hits.js';
import { GrowingWords } from '../../../src/profile/dump/growing-words.js';

const THRESHOLDS = [0, 2 ** -149, 0.1, 1, 3e38];
const SPECIAL = [0, -0, 0.1, 1, -1, 2 ** -149, 3e38, NaN, Infinity, -Infinity].map(Math.fround);

/** Activations of a batch, which of a window's positions count, and where it stands. */
const given = fc
  .record({
    width: fc.integer({ min: 1, max: 7 }),
    counted: fc.uint8Array({ minLength: 0, maxLength: 9, max: 1 }),
    firstRow: fc.nat(3),
    after: fc.nat(2),
    threshold: fc.constantFrom(...THRESHOLDS),
  })
  .chain((shape) => {
    const size = shape.width * (shape.firstRow + shape.counted.length + shape.after);
    const value = fc.oneof(fc.float(), fc.constantFrom(...SPECIAL));
    return fc.record({
      shape: fc.constant(shape),
      activations: fc.array(value, { minLength: size, maxLength: size }).map((all) => Float32Array.from(all)),
      range: fc.tuple(fc.nat(shape.width), fc.nat(shape.width)).map((ends) => ends.sort((a, b) => a - b)),
    });
  });

test('findHits appends every finite value above the threshold at a counted position, and nothing else', () => {
  fc.assert(
    fc.property(given, fc.nat(5), ({ shape, activations, range }, before) => {
      const { width, counted, firstRow, threshold } = shape;
      const [from, to] = range;
      const names = Uint32Array.from({ length: to - from }, (_, i) => 100 + 3 * i);
      const into = new GrowingWords();
      into.length = before;
      const hits = findHits({ activations, width, firstRow, counted }, { from, to, names }, threshold, into);
      const expected = [...counted].flatMap((counts, position) =>
        counts === 0
          ? []
          : [...names].flatMap((name, i) => {
              const value = activations[(firstRow + position) * width + from + i]!;
              return Number.isFinite(value) && value > threshold ? [[position, name, value]] : [];
            }),
      );
      const found = Array.from({ length: hits }, (_, hit) => {
        const at = before + 3 * hit;
        return [into.words[at], into.words[at + 1], into.floats[at + 2]];
      });
      expect(into.length).toBe(before + 3 * hits);
      expect(found).toEqual(expected);
    }),
  );
});

test('findHits finds room for more than fits at first', () => {
  const width = 3000;
  const activations = new Float32Array(5 * width).fill(2);
  const into = new GrowingWords();
  const names = Uint32Array.from({ length: width }, (_, i) => i);
  const counted = Uint8Array.of(1, 1, 0, 1, 1);
  expect(findHits({ activations, width, firstRow: 0, counted }, { from: 0, to: width, names }, 1, into)).toBe(
    4 * width,
  );
  expect(into.length).toBe(3 * 4 * width);
  expect([...into.words.subarray(into.length - 3, into.length - 1)]).toEqual([4, width - 1]);
});
