import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXPLAIN_KINDS } from '../../../src/accumulate/explain-kinds.js';
import { CARRIERS, EXPLAINED_BY } from '../../../src/profile/explained.js';
import { normal, uniform } from '../concepts/documents.js';
import { directly, explained, tokensOf, type Token } from './values.js';

/** Documents of so many tokens, drawn by Zipf's law from a vocabulary. */
function zipf(random: () => number, documents: number, length: number, vocabulary: number): number[][] {
  const draw = () => Math.floor((vocabulary + 1) ** random()) - 1;
  return Array.from({ length: documents }, () => Array.from({ length }, draw));
}

describe('what tokens and positions explain', () => {
  test('is η² and ε² of a direct computation in two passes, to 1e-9, with the classes that carry most', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (seed, some, many) => {
          const random = uniform(seed);
          const ids = zipf(random, some, 1 + Math.floor(random() * 12), many);
          const effect = Array.from({ length: many + 1 }, () => normal(random));
          const documents = tokensOf(ids, ({ token, previous, position }) => [
            normal(random),
            effect[token]! + normal(random) / 4,
            (effect[previous + 1] ?? 3) - 0.01 * position + normal(random),
            1e-2 * (Math.sin(position) + normal(random)),
            1e4 * (effect[token]! + normal(random)),
          ]);
          const all = documents.flat();
          const { kinds } = explained(documents, 1 + (seed % 7));
          for (const [k, kind] of EXPLAIN_KINDS.entries()) {
            for (let j = 0; j < 5; j++) {
              const values = all.map((each) => each.values[j]!);
              const direct = directly(
                values,
                all.map((each) => each[kind]),
              );
              const { eta2, epsilon2, carriers } = kinds[k]!;
              if (new Set(values).size === 1) {
                expect(eta2[j]).toBeNaN();
                continue;
              }
              expect(Math.abs(eta2[j]! - direct.eta2)).toBeLessThan(1e-9);
              const { size } = direct.classes;
              if (size === all.length) expect(epsilon2[j]).toBeNaN();
              // Where hardly more tokens than classes are left, ε² magnifies what η² is off by.
              else expect(Math.abs(epsilon2[j]! - direct.epsilon2)).toBeLessThan(1e-9 * all.length);
              expectCarriers(direct.classes, carriers, j);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  function expectCarriers(
    classes: ReturnType<typeof directly>['classes'],
    { held, class: ofClass, count, mean, share }: ReturnType<typeof explained>['kinds'][number]['carriers'],
    j: number,
  ): void {
    const first = j * CARRIERS;
    const rows = Array.from({ length: held[j]! }, (_, rank) => first + rank);
    expect(rows).toHaveLength(classes.size === 1 ? 0 : Math.min(CARRIERS, classes.size));
    const shares = [...classes.values()].map((each) => each.share).sort((a, b) => b - a);
    rows.forEach((i, rank) => {
      const direct = classes.get(ofClass[i]!)!;
      expect(count[i]).toBe(direct.count);
      expect(mean[i]).toBeCloseTo(direct.mean, 6);
      expect(share[i]).toBeCloseTo(direct.share, 6);
      expect(share[i]).toBeCloseTo(shares[rank]!, 6);
    });
  }

  test('is null where it is undefined or could be off by 1e-6, and else within that', () => {
    const random = uniform(3);
    const ids = zipf(random, 60, 10, 20);
    const scales = [1, 1e-3, 1e-6, 2e-7, 1e-9];
    const offsets = [0, 1, 100, 1000, 5000, 1e6];
    const spread = scales.flatMap((scale) => offsets.map((offset) => ({ scale, offset: offset * scale })));
    const broken = [NaN, Infinity, -Infinity, 2 ** 20, -(2 ** 20)];
    const documents = tokensOf(ids, ({ token }) => [
      ...spread.map(({ scale, offset }) => offset + scale * (Math.sin(token) + normal(random))),
      ...broken.map((value) => (token === 3 ? value : normal(random))),
      7,
      0,
    ]);
    const all = documents.flat();
    const { kinds, explainedBy } = explained(documents);
    spread.forEach(({ scale, offset }, j) => {
      const { eta2 } = directly(
        all.map(({ values }) => values[j]!),
        all.map(({ token }) => token),
      );
      const ours = kinds[1]!.eta2[j]!;
      if (scale >= 2e-6 && offset <= 1000 * scale) expect(ours, `${scale} ${offset}`).not.toBeNaN();
      if (scale <= 2e-7 || offset >= 5000 * scale) expect(ours, `${scale} ${offset}`).toBeNaN();
      else if (!Number.isNaN(ours)) expect(Math.abs(ours - eta2)).toBeLessThan(1e-6);
    });
    for (let j = spread.length; j < spread.length + broken.length + 2; j++) {
      for (const { eta2, epsilon2, carriers } of kinds)
        expect([eta2[j], epsilon2[j], carriers.held[j]]).toEqual([NaN, NaN, 0]);
      expect(explainedBy[j]).toBe(0);
    }
  });
});

describe('the names of neurons', () => {
  const names = (documents: Token[][]) =>
    Array.from(explained(documents).explainedBy, (by) => EXPLAINED_BY[by]);

  test('are given to every planted neuron and to none that is noise', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = uniform(seed);
      const noise = () => normal(random) / 4;
      const effect = Array.from({ length: 300 }, () => normal(random));
      const documents = tokensOf(zipf(random, 80, 30, 200), ({ token, previous, position }) => [
        (token === 4 ? 3 : 0) + noise(),
        -(token === 4 || token === 9 ? 3 : 0) + noise(),
        (token % 2 === 0 ? 1 : -1) + noise(),
        (previous === 4 ? 3 : 0) + noise(),
        effect[previous + 1]! + noise(),
        (position < 3 ? 2 : 0) + noise(),
        Math.sin(position / 2) + noise(),
        effect[token]! + effect[previous + 1]! + 2 * noise(),
        noise(),
      ]);
      expect(names(documents)).toEqual([
        ...['token', 'token', 'tokens', 'previous', 'previous', 'position', 'position'],
        expect.stringMatching(/^(n-gram|tokens|previous)$/),
        '',
      ]);
    }
  });

  test('say n-gram where token and previous token have a part each, as in a bigram’s detector', () => {
    const random = uniform(8);
    const documents = Array.from({ length: 100 }, () =>
      // 1 is followed by 2 half of the time, and 2 preceded by 1 most of the time.
      Array.from({ length: 15 }, () => [1, random() < 0.6 ? 2 : 3, 4 + Math.floor(random() * 9)]).flat(),
    );
    for (const ids of documents) for (let i = 2; i < ids.length; i += 9) if (random() < 0.9) ids[i] = 2;
    const bigram = tokensOf(documents, ({ token, previous }) => [
      (token === 2 && previous === 1 ? 3 : 0) + normal(random) / 2,
    ]);
    const { kinds } = explained(bigram);
    const [token, previous] = [kinds[1]!.epsilon2[0]!, kinds[2]!.epsilon2[0]!];
    expect(Math.max(token, previous)).toBeLessThan(0.5);
    expect(names(bigram)).toEqual(['n-gram']);
  });

  test.each([
    ['few tokens for many ids', 6, 10, 60],
    ['as many as ids', 30, 10, 300],
    ['many', 100, 20, 300],
  ])('are not given to noise of any kind, from %s', (_, some, length, vocabulary) => {
    const NEURONS = 200;
    for (let seed = 0; seed < 5; seed++) {
      const random = uniform(seed);
      const ids = zipf(random, some, length, vocabulary);
      const kinds = [
        () => normal(random),
        () => Math.max(0, normal(random) - 2),
        // Few values make up nearly all of the variance.
        () => Math.exp(2.5 * normal(random)),
        () => (random() < 0.004 ? 5 : 0) + normal(random) / 100,
      ];
      const documents = tokensOf(ids, () => Array.from({ length: NEURONS }, (__, j) => kinds[j % 4]!()));
      const all = documents.flat();
      const { kinds: figures } = explained(documents);
      // Though much seems explained, of some even without what chance gives.
      if (some < 30) expect(largest(figures[1]!.eta2)).toBeGreaterThan(0.9);
      if (some < 30) expect(largest(figures[1]!.epsilon2)).toBeGreaterThan(0.5);
      expect(all.length).toBe(some * length);
      expect(names(documents).filter((name) => name !== '')).toEqual([]);
    }
  });
});

function largest(figures: Float64Array): number {
  return Math.max(...figures.filter((x) => !Number.isNaN(x)));
}
