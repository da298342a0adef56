import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allConceptBinEdges,
  conceptBinCount,
  conceptBinOfBits,
} from '../../../src/accumulate/concept-bins.js';
import { halfOf } from '../../../src/accumulate/document-half.js';
import { auroc } from '../../../src/analyse/concepts/auroc.js';
import { bestThreshold } from '../../../src/analyse/concepts/threshold.js';
import { bestF1 } from '../../../src/analyse/permutations/best-f1.js';
import { cohensD, pointBiserial, type Sums } from '../../../src/analyse/concepts/effect-size.js';
import { heldOut } from '../../../src/analyse/concepts/held-out.js';
import { mannWhitneyP } from '../../../src/analyse/concepts/mann-whitney.js';
import { twoSidedTail } from '../../../src/analyse/concepts/normal-tail.js';
import { adjustedP, criticalValue, MaximumNull } from '../../../src/analyse/permutations/maximum-null.js';
import {
  checkPermutations,
  type PermutationSettings,
  type SampledValues,
} from '../../../src/analyse/permutations/permutation-check.js';
import { LINEAR_STATISTICS } from '../../../src/analyse/permutations/linear-statistic.js';
import { shuffles } from '../../../src/analyse/permutations/shuffles.js';
import { statisticOf } from '../../../src/analyse/permutations/statistic.js';
import { sumScores, TILE } from '../../../src/analyse/permutations/sum-scores.js';
import { CONCEPT_SORTS, type ConceptSort } from '../../../src/profile/read/concepts.js';
import { normal, uniform } from '../concepts/documents.js';

const RANGE = { low: -11, high: 7 };

const IDENTITY = (rows: number) => Uint16Array.from({ length: rows }, (_, i) => i);

/** The statistic of one neuron by the functions that concepts.arrow is made with. */
function expected(
  sort: ConceptSort,
  column: Float32Array,
  has: readonly boolean[],
  halves: Uint8Array,
): number {
  const half = (wanted: number | null) => {
    const [positive, negative] = [0, 1].map(() => new Float64Array(conceptBinCount(RANGE)));
    const bits = new Uint32Array(column.buffer);
    for (const [row, word] of bits.entries()) {
      if (wanted !== null && halves[row] !== wanted) continue;
      (has[row]! ? positive! : negative!)[conceptBinOfBits(word, RANGE)]!++;
    }
    return { positive: positive!, negative: negative! };
  };
  const { positive, negative } = half(null);
  const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
  const sums = (of: (row: number) => boolean): Sums => {
    // d and r are the same of values less a constant; so nothing of them is lost to cancellation here.
    const values = [...column].map((x) => x - mean).filter((_, row) => of(row));
    return {
      n: values.length,
      sum: values.reduce((sum, x) => sum + x, 0),
      squares: values.reduce((sum, x) => sum + x * x, 0),
    };
  };
  const groups = [sums((row) => has[row]!), sums((row) => !has[row]!), sums(() => true)] as const;
  switch (sort) {
    case 'f1': {
      return heldOut(half(0), half(1), allConceptBinEdges(RANGE)).f1Chosen;
    }
    case 'auroc':
      return auroc(positive, negative).area - 0.5;
    case 'p':
      return mannWhitneyP(positive, negative);
    case 'd':
      return cohensD(groups[0], groups[1]);
    case 'r':
      return pointBiserial(...groups);
  }
}

/** Values, of which many are equal, and which documents have a label; some of both in each half. */
const given = fc
  .record({
    values: fc.array(
      fc.oneof(
        fc.float({ min: Math.fround(-9), max: Math.fround(9), noNaN: true }),
        fc.constantFrom(0, -0, 1, -2, 1e-9, 200, -200),
      ),
      { minLength: 5, maxLength: 40 },
    ),
    seed: fc.nat(),
  })
  .map(({ values, seed }) => {
    const random = uniform(seed);
    const has = values.map((_, i) => (i < 4 ? i % 2 === 0 : random() < 0.4));
    const halves = Uint8Array.from(values, (_, i) => (i < 4 ? i >> 1 : Number(random() < 0.5)));
    return { column: Float32Array.from(values), has, halves, seed };
  });

describe('a statistic', () => {
  test.each(CONCEPT_SORTS)('%s is that of concepts.arrow, for any labelling', (sort) => {
    fc.assert(
      fc.property(given, ({ column, has, halves, seed }) => {
        const rows = column.length;
        const label = {
          rows: Uint16Array.from(has.keys()).filter((row) => has[row]!),
          others: has.filter((each) => !each).length,
        };
        const statistic = statisticOf(sort, RANGE, halves);
        statistic.prepare([column, column.map((x) => -x)]);
        const orders = shuffles(rows, [0, 3], { seed, field: 0 });
        const out = new Float64Array(TILE);
        for (const offset of [0, rows, 2 * rows]) {
          const moved = has.map(() => false);
          for (const row of label.rows) moved[orders[offset + row]!] = true;
          const inHalf = (half: number) => [...halves.keys()].filter((row) => halves[row] === half);
          // A half with one kind alone has no threshold.
          if (sort === 'f1' && inHalf(0).every((row) => moved[row] === moved[inHalf(0)[0]!])) continue;
          statistic.of(label, orders, offset, out);
          const wanted = expected(sort, column, moved, halves);
          if (Number.isNaN(wanted)) continue; // nothing varies, or cancellation could be large
          if (Math.abs(wanted) > 1000) continue; // a d where hardly anything varies within the groups
          const found = sort === 'p' ? twoSidedTail(Math.abs(out[0]!)) : out[0]!;
          // r is of scores rounded to 2^-40, which a d of r/√(1 − r²) enlarges by d².
          const near = 5e-6 * Math.max(1, Math.abs(wanted));
          expect(Math.abs(found - wanted)).toBeLessThan(near);
          if (sort === 'f1') continue;
          expect(Math.abs(out[1]! + out[0]!)).toBeLessThan(near); // the mirrored neuron tells as much, the other way round
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each(['r', 'd'] as const)('%s is none where a neuron does not vary', (sort) => {
    const statistic = statisticOf(sort, RANGE, new Uint8Array(4));
    const out = new Float64Array(TILE);
    statistic.prepare([Float32Array.of(2, 2, 2, 2), Float32Array.of(1, 2, 3, 4)]);
    statistic.of({ rows: Uint16Array.of(0, 1), others: 2 }, IDENTITY(4), 0, out);
    expect(out[0]).toBeNaN();
    expect(out[1]).toBeLessThan(0);
  });

  test.each(CONCEPT_SORTS)('%s is the same to the last bit whatever the order of the documents', (sort) => {
    fc.assert(
      fc.property(given, ({ column, halves, has, seed }) => {
        const rows = Uint16Array.from(has.keys()).filter((row) => has[row]!);
        const random = uniform(seed + 1);
        const order = [...rows].map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at);
        const statistic = statisticOf(sort, RANGE, halves);
        statistic.prepare([column]);
        const [a, b] = [new Float64Array(TILE), new Float64Array(TILE)];
        const others = column.length - rows.length;
        statistic.of({ rows, others }, IDENTITY(column.length), 0, a);
        statistic.of(
          { rows: Uint16Array.from(order, ({ row }) => row), others },
          IDENTITY(column.length),
          0,
          b,
        );
        expect(b[0]).toBe(a[0]);
      }),
    );
  });
});

test('sums of scores are those of a plain loop, bit for bit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), (rows, seed) => {
      const random = uniform(seed);
      const scores = Float64Array.from({ length: rows * TILE }, () => normal(random));
      const orders = shuffles(rows, [0, 2], { seed, field: 1 });
      const chosen = IDENTITY(rows).filter(() => random() < 0.5);
      const out = new Float64Array(TILE);
      sumScores(scores, chosen, orders, rows, out);
      for (let t = 0; t < TILE; t++) {
        let sum = 0;
        for (const row of chosen) sum += scores[orders[rows + row]! * TILE + t]!;
        expect(out[t]).toBe(sum);
      }
    }),
  );
});

test('the best F1 is that of the best threshold, bit for bit', () => {
  const bin = fc.record({ has: fc.nat(9), lacks: fc.nat(9) }).filter(({ has, lacks }) => has + lacks > 0);
  fc.assert(
    fc.property(fc.array(bin, { minLength: 1, maxLength: 30 }), (bins) => {
      const [positive, negative] = [bins.map(({ has }) => has), bins.map(({ lacks }) => lacks)];
      const found = bestF1(
        Float64Array.of(...positive, 7), // what lies behind the last bin does not count
        Float64Array.from(bins, ({ has, lacks }) => has + lacks),
      );
      const isWhole = positive.some((count) => count > 0) && negative.some((count) => count > 0);
      expect(found).toBe(isWhole ? bestThreshold(positive, negative).f1 : 0);
    }),
  );
});

describe('shuffles', () => {
  test('are permutations, the same whichever others are made with them', () => {
    const all = shuffles(100, [0, 7], { seed: 3, field: 2 });
    for (let b = 0; b < 7; b++) {
      const order = all.subarray(100 * b, 100 * (b + 1));
      expect([...order].sort((a, b) => a - b)).toEqual([...IDENTITY(100)]);
      expect(shuffles(100, [b, b + 1], { seed: 3, field: 2 })).toEqual(order);
    }
    expect(shuffles(100, [0, 7], { seed: 4, field: 2 })).not.toEqual(all);
    expect(shuffles(100, [0, 7], { seed: 3, field: 1 })).not.toEqual(all);
  });

  test('have each of the 24 orders of four as often as chance would have it', () => {
    const counts = new Map<string, number>();
    const orders = shuffles(4, [0, 24_000], { seed: 9, field: 0 });
    for (let at = 0; at < orders.length; at += 4) {
      const key = orders.subarray(at, at + 4).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(49.7); // the 0.999 quantile with 23 degrees of freedom
  });
});

describe('the null of the largest', () => {
  test('has p ≤ 0.05 just where the 95 % quantile is exceeded, and never 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 0, max: 31 }),
        (values, size) => {
          const sorted = Float64Array.from(values).sort();
          const p = adjustedP(sorted, size);
          expect(p).toBe((1 + values.filter((value) => value >= size).length) / (1 + values.length));
          for (const percent of [5, 1]) {
            const critical = criticalValue(sorted, percent);
            if (Number.isNaN(critical)) expect(values.length + 1).toBeLessThan(100 / percent);
            else expect(size > critical).toBe(p <= percent / 100);
          }
        },
      ),
    );
  });

  test('names the best by size, of equals the first, and leaves out what has no figure', () => {
    const maximum = new MaximumNull(5, 19);
    [0.5, NaN, -0.75, 0.75, 0.1].forEach((value, neuron) => maximum.observe(neuron, value));
    for (let b = 0; b < 19; b++) maximum.take(b, Float64Array.of(NaN, -b / 20, 0), 3);
    const { best, quantile_95, quantile_99, beyond } = maximum.result(3);
    expect(best.map(({ index, value }) => [index, value])).toEqual([
      [2, -0.75],
      [3, 0.75],
      [0, 0.5],
    ]);
    expect(best.map(({ p }) => p)).toEqual([5 / 20, 5 / 20, 10 / 20]);
    expect([quantile_95, quantile_99, beyond]).toEqual([0.9, NaN, 0]);
    expect(maximum.observedNeurons).toBe(4);
  });
});

describe('a permutation check', () => {
  const NEURONS = 21;
  const SETTINGS: PermutationSettings = {
    ...{ fields: ['topic'], label: null, sort: 'auroc', permutations: 199, seed: 0, best: 3 },
    ...{ sketchRange: RANGE, profileSeed: 0 },
  };

  /** Documents of noise with a shared part, so that neurons are correlated; neuron 5 follows `planted` by `effect`. */
  function sampleOf(seed: number, documents: number, effect: number): SampledValues {
    const random = uniform(seed);
    const labels = Array.from({ length: documents }, () => [
      random() < 0.4 ? ['planted'] : random() < 0.5 ? ['other', 'both'] : [],
    ]);
    const rows = labels.map(([own]) => {
      const shared = normal(random);
      return Array.from(
        { length: NEURONS },
        (_, j) => normal(random) + shared + (j === 5 && own!.includes('planted') ? effect : 0),
      );
    });
    return {
      documents: labels.map((own, record) => ({ file: 0, record, labels: own })),
      neurons: NEURONS,
      values: (first, end) => Float32Array.from(rows.flatMap((row) => row.slice(first, end))),
    };
  }

  test.each(CONCEPT_SORTS)('gives a planted neuron the least p that there can be, by %s', async (sort) => {
    const [field] = await checkPermutations(sampleOf(2, 260, 3), { ...SETTINGS, sort });
    const planted = field!.labels.find(({ label }) => label === 'planted')!;
    expect(planted.best[0]).toMatchObject({ index: 5, p: 1 / 200 });
    expect(planted.beyond).toBeGreaterThanOrEqual(1);
    expect(field!.labels.map(({ label }) => label)).toEqual(['both', 'other', 'planted']);
    expect(field).toMatchObject({ documents: 260, neurons: NEURONS, left_out: 0, untested: [] });
    // One is as often as the other, on the same documents.
    const [both, other] = field!.labels;
    expect({ ...both, label: '' }).toEqual({ ...other, label: '' });
  });

  test.each(['auroc', 'r', 'f1'] as const)(
    'finds something in one of twenty corpora of pure noise, by %s',
    async (sort) => {
      const corpora = 300;
      let found = 0;
      for (let seed = 0; seed < corpora; seed++) {
        const settings = {
          ...SETTINGS,
          sort,
          permutations: 99,
          seed,
          label: { field: 'topic', label: 'planted' },
        };
        const [field] = await checkPermutations(sampleOf(1000 + seed, 200, 0), settings);
        if (field!.labels[0]!.best[0]!.p <= 0.05) found++;
      }
      // 15 are to be expected: the 0.0005 and 0.9995 quantiles of the binomial distribution.
      expect(found).toBeGreaterThanOrEqual(4);
      expect(found).toBeLessThanOrEqual(30);
    },
    120_000,
  );

  test('is that of plain loops over shuffled documents', async () => {
    const sample = sampleOf(7, 130, 0.7);
    const [field] = await checkPermutations(sample, { ...SETTINGS, seed: 4 });
    const values = sample.values(0, NEURONS);
    const halves = Uint8Array.from(sample.documents, (document) => halfOf(0, document));
    const columns = Array.from({ length: NEURONS }, (_, j) =>
      Float32Array.from({ length: 130 }, (_, row) => values[row * NEURONS + j]!),
    );
    const orders = shuffles(130, [0, 199], { seed: 4, field: 0 });
    for (const label of field!.labels) {
      const has = sample.documents.map(({ labels }) => labels[0]!.includes(label.label));
      const largest = (of: boolean[]) =>
        Math.max(...columns.map((column) => Math.abs(expected('auroc', column, of, halves))));
      const maxima = Array.from({ length: 199 }, (_, b) => {
        const moved = has.map(() => false);
        has.forEach((is, row) => (moved[orders[130 * b + row]!] = is));
        return largest(moved);
      });
      const descending = maxima.sort((a, b) => b - a);
      expect(label.quantile_95).toBeCloseTo(descending[9]!, 12); // p ≤ 0.05: at most 9 of 199 as large
      expect(label.quantile_99).toBeCloseTo(descending[1]!, 12);
      const best = largest(has);
      expect(Math.abs(label.best[0]!.value)).toBeCloseTo(best, 12);
      const asLarge = maxima.filter((each) => each >= best - 1e-12).length;
      expect(label.best[0]!.p).toBe((1 + asLarge) / 200);
    }
  });

  test('is the same for one label as among all, and in parts of few shuffles as in one', async () => {
    const sample = sampleOf(3, 200, 0.5);
    const [all] = await checkPermutations(sample, SETTINGS);
    const [one] = await checkPermutations(sample, { ...SETTINGS, label: { field: 'topic', label: 'other' } });
    expect(one!.labels).toEqual(all!.labels.filter(({ label }) => label === 'other'));
    expect(await checkPermutations(sample, SETTINGS, () => {}, 1000)).toEqual([all]);
  });

  test('leaves out neurons that lack a value, and labels that are rare', async () => {
    const whole = sampleOf(5, 150, 0);
    const sample: SampledValues = {
      neurons: NEURONS,
      documents: whole.documents.map((document, i) => ({
        ...document,
        labels: [i === 0 ? null : [...document.labels[0]!, ...(i < 30 ? ['rare'] : [])]],
      })),
      values: (first, end) => {
        const values = whole.values(first, end);
        for (let j = first; j < end; j++) {
          if (j === 0) values[(end - first) * 0 + j - first] = -Infinity; // of the document without the field
          if (j === 2) values[(end - first) * 9 + j - first] = -Infinity;
          if (j === 20) for (let row = 0; row < 150; row++) values[(end - first) * row + j - first] = 0;
        }
        return values;
      },
    };
    const [field] = await checkPermutations(sample, { ...SETTINGS, sort: 'r' });
    expect(field).toMatchObject({ documents: 149, neurons: NEURONS - 2, left_out: 2 });
    expect(field!.untested.map(({ label }) => label)).toEqual(['rare']);
    expect(field!.untested[0]!.documents[0] + field!.untested[0]!.documents[1]).toBe(29);
    const [ranked] = await checkPermutations(sample, SETTINGS);
    expect(ranked).toMatchObject({ neurons: NEURONS - 1, left_out: 1 });
    const [none] = await checkPermutations(sample, { ...SETTINGS, label: { field: 'topic', label: 'rare' } });
    expect(none).toMatchObject({ labels: [], neurons: 0, left_out: 0 });
  });
});

test.each([
  [40, 40],
  [21, 79],
  [1, 6],
])(
  'AUROC of %i documents with a label and %i without ties with its mirror image, to the last bit',
  (has, lacks) => {
    const linear = LINEAR_STATISTICS.auroc(RANGE);
    const least = (has * (has + 1)) / 2;
    for (let wins = 0; wins <= has * lacks; wins += 0.5) {
      const label = { has, lacks };
      const mirrored = linear.value(least + has * lacks - wins, label, 0);
      expect(linear.value(least + wins, label, 0)).toBe(mirrored === 0 ? 0 : -mirrored);
    }
  },
);
