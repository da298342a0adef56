import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auroc } from '../../../src/analyse/concepts/auroc.js';
import { benjaminiHochberg } from '../../../src/analyse/concepts/benjamini-hochberg.js';
import { cohensD, pointBiserial, type Sums } from '../../../src/analyse/concepts/effect-size.js';
import { mannWhitneyP } from '../../../src/analyse/concepts/mann-whitney.js';
import { bestThreshold, judge } from '../../../src/analyse/concepts/threshold.js';

describe('the Mann–Whitney test', () => {
  // scipy 1.17.1: mannwhitneyu(repeat(bins, a), repeat(bins, b), method="asymptotic").pvalue
  test.each([
    [[3, 1, 4, 1, 5], [9, 2, 6, 0, 5], 0.18148640496223356],
    [[0, 0, 10, 30], [40, 20, 5, 0], 1.2739563257847516e-18],
    [[1, 0, 0, 1], [0, 2, 2, 0], 1],
    [[500, 0, 0], [0, 0, 500], 2.974179193241648e-219],
    [[7, 0], [9, 0], 1],
    [[100, 200, 300, 100], [120, 210, 280, 90], 0.08107016884388672],
    [[0, 3000, 0, 1], [0, 1, 0, 3000], 0],
  ])('gives, of %j and %j, the p of scipy', (a, b, p) => {
    for (const found of [mannWhitneyP(a, b), mannWhitneyP(b, a)]) {
      if (p === 0) expect(found).toBe(0);
      else expect(Math.abs(found / p - 1)).toBeLessThan(1e-9);
    }
  });

  test('has no p where a group is empty', () => {
    expect(mannWhitneyP([0, 0], [1, 2])).toBeNaN();
  });
});

describe('the Benjamini–Hochberg procedure', () => {
  test('gives the q of scipy for the p that its authors published', () => {
    const p = [
      ...[0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344],
      ...[0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1],
    ];
    // scipy 1.17.1: false_discovery_control(p, method="bh"). At a rate of 0.05 the paper rejects the first four.
    const q = [
      ...[0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714285714286, 0.06385714285714286],
      ...[0.0645, 0.0765, 0.486, 0.5811818181818181, 0.7148749999999999, 0.7532307692307693],
      ...[0.8132142857142857, 1],
    ];
    const found = [...benjaminiHochberg(Float64Array.from(p))];
    expect(found).toEqual(q.map((value) => expect.closeTo(value, 14) as number));
  });

  test('takes ties together, in any order, and leaves out what was not tested', () => {
    const found = benjaminiHochberg(Float64Array.of(0.5, 0.001, NaN, 0.5, 0.9, 0.001, 0.04));
    const q = [0.6, 0.003, NaN, 0.6, 0.9, 0.003, 0.08];
    expect([...found]).toEqual(
      q.map((value) => (value === value ? (expect.closeTo(value, 14) as number) : NaN)),
    );
  });
});

/** Two groups of documents by bin, neither empty. */
const groups = fc
  .integer({ min: 1, max: 9 })
  .chain((bins) => {
    const counts = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: bins, maxLength: bins });
    return fc.tuple(counts, counts);
  })
  .filter(([a, b]) => a.some((count) => count > 0) && b.some((count) => count > 0));

/** The bin of every document. */
function binsOf(counts: readonly number[]): number[] {
  return counts.flatMap((count, bin) => new Array<number>(count).fill(bin));
}

describe('the area under the ROC curve', () => {
  test('is the share of pairs that are in order, ties counting one half, and its bound is what ties could move', () => {
    fc.assert(
      fc.property(groups, ([positive, negative]) => {
        const [a, b] = [binsOf(positive), binsOf(negative)];
        const scores: number[] = a.flatMap((x) => b.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
        const ties = scores.filter((score) => score === 0.5).length;
        const { area, bound } = auroc(positive, negative);
        expect(area).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12);
        expect(bound).toBeCloseTo(ties / 2 / scores.length, 12);
      }),
    );
  });
});

describe('a threshold', () => {
  /** What brute force says of taking what a rule takes. */
  const verdict = (a: number[], b: number[], takes: (bin: number) => boolean) => {
    const [tp, fp] = [a.filter(takes).length, b.filter(takes).length];
    return { f1: (2 * tp) / (a.length + tp + fp), precision: tp / (tp + fp), recall: tp / a.length };
  };

  test('has the highest F1 of all on its side, and takes the fewest of those that have it', () => {
    fc.assert(
      fc.property(groups, ([positive, negative]) => {
        const [a, b] = [binsOf(positive), binsOf(negative)];
        const rule = bestThreshold(positive, negative);
        const takers = positive.map((_, edge) => (bin: number) => (rule.above ? bin >= edge : bin <= edge));
        const all = takers.map((takes) => verdict(a, b, takes).f1);
        expect(rule.f1).toBe(Math.max(...all));
        const taken = (takes: (bin: number) => boolean) => [...a, ...b].filter(takes).length;
        const fewest = Math.min(...takers.filter((_, i) => all[i] === rule.f1).map(taken));
        expect(taken(takers[rule.bin]!)).toBe(fewest);
        expect(rule.above).toBe(auroc(positive, negative).area >= 0.5);
      }),
    );
  });

  test('is judged on other documents by what it takes there', () => {
    fc.assert(
      fc.property(groups, fc.boolean(), fc.nat(8), ([positive, negative], above, at) => {
        const bin = at % positive.length;
        const takes = (each: number) => (above ? each >= bin : each <= bin);
        expect(judge(positive, negative, { above, bin })).toEqual(
          verdict(binsOf(positive), binsOf(negative), takes),
        );
      }),
    );
  });
});

describe('effect sizes', () => {
  const A = [1.5, 2.25, -0.5, 4, 3.125];
  const B = [0.25, -1.75, 0.5, 2, 1, -3];

  test('are those of textbook and scipy', () => {
    // scipy 1.17.1: pointbiserialr([1] * 5 + [0] * 6, A + B).statistic
    expect(pointBiserial(sums(A), sums(B), sums([...A, ...B]))).toBeCloseTo(0.5664413305502594, 14);
    const [a, b] = [A, B].map((values) => {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      return { mean, squares: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) };
    }) as [{ mean: number; squares: number }, { mean: number; squares: number }];
    const pooled = Math.sqrt((a.squares + b.squares) / 9);
    expect(cohensD(sums(A), sums(B))).toBeCloseTo((a.mean - b.mean) / pooled, 14);
  });

  test('are null where nothing varies, and where cancellation has eaten what does', () => {
    const constant = sums([2, 2, 2]);
    expect(cohensD(constant, constant)).toBeNaN();
    expect(pointBiserial(constant, constant, sums([2, 2, 2, 2, 2, 2]))).toBeNaN();
    expect(cohensD(sums([0, 0]), sums([0, 0]))).toBeNaN();
    const far = [1e8, 1e8 + 1, 1e8 + 2];
    expect(cohensD(sums(far), sums(far))).toBeNaN();
    expect(pointBiserial(sums(far), sums(far), sums([...far, ...far]))).toBeNaN();
  });

  test('are ±1 and no d where the groups are two constants', () => {
    expect(pointBiserial(sums([3, 3]), sums([1, 1]), sums([3, 3, 1, 1]))).toBe(1);
    expect(pointBiserial(sums([0, 0]), sums([1, 1]), sums([0, 0, 1, 1]))).toBe(-1);
    expect(cohensD(sums([3, 3]), sums([1, 1]))).toBeNaN();
  });
});

function sums(values: number[]): Sums {
  return {
    n: values.length,
    sum: values.reduce((sum, x) => sum + x, 0),
    squares: values.reduce((sum, x) => sum + x * x, 0),
  };
}
