import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binCount, binEdges, binOf } from '../../src/accumulate/bin-of.js';
import { layerFigures, momentFigures } from '../../src/accumulate/figures.js';
import { histogramRows } from '../../src/accumulate/histogram.js';
import {
  layerAccumulator,
  type AccumulatorSettings,
  type LayerState,
} from '../../src/accumulate/layer-state.js';
import { powerSums } from '../../src/accumulate/moments.js';
import { rankExamples } from '../../src/accumulate/rank-examples.js';
import { addExact, DIGITS, roundToNumber } from '../../src/accumulate/superaccumulator.js';
import { QUANTILES } from '../../src/accumulate/types.js';
import { byPlace, cellsOf, corpus, finite, type Cell, type Corpus } from './batches.js';

const SETTINGS: AccumulatorSettings = {
  activeAbove: 0.25,
  sketchRange: { low: -11, high: 7 },
  k: 3,
  bottom: true,
  around: 1,
  distinct: 'none',
  per: 'token',
  random: 2,
  bands: 1,
  seed: 7,
};
const RANGE = SETTINGS.sketchRange;

describe('a layer state', () => {
  test('counts zeros, positives, actives, NaN and both infinities as a plain loop does', () => {
    check(({ state, each }) => {
      each((j, cells) => {
        const count = (test: (x: number) => boolean) => cells.filter(({ value }) => test(value)).length;
        expect(state.counts.tokens).toBe(cells.length);
        expect(state.counts.zero[j]).toBe(count((x) => x === 0));
        expect(state.counts.positive[j]).toBe(count((x) => x > 0 && x < Infinity));
        expect(state.counts.active[j]).toBe(count((x) => x > 0.25 && x < Infinity));
        expect(state.counts.nan[j]).toBe(count(Number.isNaN));
        expect(state.counts.positiveInfinity[j]).toBe(count((x) => x === Infinity));
        expect(state.counts.negativeInfinity[j]).toBe(count((x) => x === -Infinity));
      });
    });
  });

  test('puts every finite value in the bin that the definition names', () => {
    check(({ state, each }) => {
      each((j, cells) => {
        const bins = new Array<number>(binCount(RANGE)).fill(0);
        for (const { value } of finite(cells)) bins[binOf(value, RANGE)]!++;
        expect([...state.sketch.bins.slice(j * bins.length, (j + 1) * bins.length)]).toEqual(bins);
        expect(state.sketch.clampedHigh[j]).toBe(finite(cells).filter(({ value }) => value >= 128).length);
        expect(state.sketch.clampedLow[j]).toBe(finite(cells).filter(({ value }) => value <= -128).length);
      });
    });
  });

  test('finds the largest and smallest value at its first place', () => {
    check(({ state, each }) => {
      each((j, cells) => {
        for (const side of ['max', 'min'] as const) {
          const best = ranked(cells, side === 'max' ? 1 : -1)[0];
          const held = state[side];
          if (best === undefined) {
            expect(held.record[j]).toBe(-1);
            continue;
          }
          const place = [held.file[j], held.record[j], held.window[j], held.position[j], held.tokenId[j]];
          expect(held.value[j]).toBe(best.value + 0);
          expect(place).toEqual([best.file, best.record, best.window, best.position, best.tokenId]);
        }
      });
    });
  });

  test.each([
    ['none', 'token', (cell: Cell) => `${cell.file}/${cell.record}/${cell.window}/${cell.position}`],
    ['none', 'window', (cell: Cell) => `${cell.file}/${cell.record}/${cell.window}`],
    ['document', 'token', (cell: Cell) => `${cell.file}/${cell.record}`],
    ['text', 'token', (cell: Cell) => cell.textKey],
  ] as const)('keeps the best examples, distinct by %s, one a %s', (distinct, per, key) => {
    check(
      ({ state, each }) => {
        for (const side of ['top', 'bottom'] as const) {
          const rows = rankExamples(state[side]!);
          each((j, cells) => {
            const seen = new Set<string>();
            const expected = ranked(cells, side === 'top' ? 1 : -1)
              .filter((cell) => !seen.has(key(cell)) && seen.add(key(cell)))
              .slice(0, SETTINGS.k)
              .map((cell) => [
                cell.value + 0,
                cell.file,
                cell.record,
                cell.window,
                cell.position,
                cell.tokenId,
              ]);
            const held = [];
            for (let i = rows.start[j]!; i < rows.start[j + 1]!; i++) {
              held.push([
                rows.value[i],
                rows.file[i],
                rows.record[i],
                rows.window[i],
                rows.position[i],
                rows.tokenId[i],
              ]);
              const context = i * rows.width + rows.position[i]! - rows.contextStart[i]!;
              expect(rows.contextActivations[context]).toBe(rows.value[i]);
              expect(rows.id[i]).toBe(`${rows.file[i]}/${rows.record[i]}`);
            }
            expect(held).toEqual(expected);
          });
        }
      },
      { ...SETTINGS, distinct, per },
    );
  });

  test('reads quantiles within a bin of an activation that occurred', () => {
    check(({ state, corpus: { neurons }, each }) => {
      const columns = Int32Array.from({ length: neurons }, (_, j) => j);
      const figures = layerFigures(state, columns, RANGE);
      each((j, cells) => {
        const sorted = finite(cells)
          .map(({ value }) => value)
          .sort((a, b) => a - b);
        QUANTILES.forEach((q, i) => {
          const read = figures.quantiles[i]![j]!;
          if (sorted.length === 0) return expect(read).toBeNaN();
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
          if (Number.isNaN(read)) return expect(Math.abs(exact)).toBeGreaterThanOrEqual(124);
          if (exact === 0) return expect(read).toBe(0);
          expect(Math.abs(read - exact)).toBeLessThanOrEqual(Math.max(2 ** -11, Math.abs(exact) / 16));
        });
      });
    });
  });

  test('lists exactly the bins that hold something, whose counts are all finite values', () => {
    check(({ state, corpus: { neurons }, each }) => {
      const columns = Int32Array.from({ length: neurons }, (_, j) => 10 + j);
      const rows = histogramRows(state.sketch, columns, RANGE);
      each((j, cells) => {
        let total = 0;
        rows.neuron.forEach((neuron, i) => (total += neuron === 10 + j ? rows.count[i]! : 0));
        expect(total).toBe(finite(cells).length);
      });
      expect(Math.min(Infinity, ...rows.count)).toBeGreaterThan(0);
    });
  });
});

describe('exact sums', () => {
  test('equal those of whole-number arithmetic, rounded once', () => {
    const power = fc.integer({ min: 1, max: 4 });
    const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 40 });
    fc.assert(
      fc.property(power, values, (p, floats) => {
        const digits = DIGITS[p - 1]!;
        const unit = 149 * p;
        const number = new Uint32Array(digits + 2).fill(7); // neighbours that must stay
        number.fill(0, 1, digits + 1);
        let exact = 0n;
        for (const x of floats) {
          const term = x ** p; // rounded to float64, as a batch's sum is
          addExact(number, 1, digits, unit, term);
          exact += inUnits(term, unit);
        }
        expect(roundToNumber(number, 1, digits, unit)).toBe(fromUnits(exact, unit));
        expect([number[0], number[digits + 1]]).toEqual([7, 7]);
      }),
      { numRuns: 2000 },
    );
  });

  test('lose nothing where float64 loses all', () => {
    const number = new Uint32Array(DIGITS[0]);
    for (const x of [3e38, 1e-45, -3e38]) addExact(number, 0, DIGITS[0], 149, Math.fround(x));
    expect(roundToNumber(number, 0, DIGITS[0], 149)).toBe(2 ** -149);
  });

  test('leave out what lies below the unit, however far', () => {
    const number = new Uint32Array(DIGITS[0]);
    for (let exponent = -151; exponent >= -1074; exponent--) {
      addExact(number, 0, DIGITS[0], 149, 1.9 * 2 ** exponent);
      addExact(number, 0, DIGITS[0], 149, -1.9 * 2 ** exponent);
      addExact(number, 0, DIGITS[0], 149, 2 ** exponent);
    }
    expect(number).toEqual(new Uint32Array(DIGITS[0]));
  });

  test('of a layer are those of its finite values', () => {
    check(({ state, each }) => {
      each((j, cells) => {
        const values = finite(cells).map(({ value }) => value);
        if (values.some((x) => Math.abs(x) > 1e6)) return; // naive sums would round
        powerSums(state.moments, j).forEach((sum, i) => {
          const naive = values.reduce((total, x) => total + x ** (i + 1), 0);
          const scale = values.reduce((total, x) => total + Math.abs(x) ** (i + 1), 0);
          expect(Math.abs(sum - naive)).toBeLessThanOrEqual(1e-14 * scale);
        });
      });
    });
  });
});

describe('figures from power sums', () => {
  test('equal the textbook two-pass figures', () => {
    const values = [0.5, -1.25, 3, 0, 2.5, -0.75, 8];
    const n = values.length;
    const mean = values.reduce((a, b) => a + b) / n;
    const central = (p: number) => values.reduce((total, x) => total + (x - mean) ** p, 0) / n;
    const sums = [1, 2, 3, 4].map((p) => values.reduce((total, x) => total + x ** p, 0));
    const figures = momentFigures(sums as [number, number, number, number], n, false);
    expect(figures.mean).toBeCloseTo(mean, 13);
    expect(figures.variance).toBeCloseTo(central(2), 12);
    expect(figures.skewness).toBeCloseTo(central(3) / central(2) ** 1.5, 12);
    expect(figures.kurtosis).toBeCloseTo(central(4) / central(2) ** 2 - 3, 12);
  });

  test('are withheld where cancellation would eat them, the fourth power first', () => {
    // mean 1000, standard deviation 1: (mean²/variance)² · 2⁻⁵² = 2.2e-4
    const n = 2;
    const sums = [1, 2, 3, 4].map((p) => 999 ** p + 1001 ** p) as [number, number, number, number];
    const figures = momentFigures(sums, n, false);
    expect(figures.variance).toBe(1);
    expect(figures.skewness).not.toBeNaN();
    expect(figures.kurtosis).toBeNaN();
  });

  test('of a constant are an exact zero variance and no shape', () => {
    expect(momentFigures([3, 3, 3, 3], 3, true)).toEqual({
      mean: 1,
      variance: 0,
      skewness: NaN,
      kurtosis: NaN,
    });
  });

  test('of nothing are null', () => {
    expect(Object.values(momentFigures([0, 0, 0, 0], 0, true)).every(Number.isNaN)).toBe(true);
  });
});

describe('bins', () => {
  test('cover the line without gap or overlap, and each holds its edge nearer zero', () => {
    for (let bin = 1; bin < binCount(RANGE); bin++)
      expect(binEdges(bin, RANGE)[0]).toBe(binEdges(bin - 1, RANGE)[1]);
    const half = (binCount(RANGE) - 1) / 2;
    for (let bin = 0; bin < binCount(RANGE); bin++) {
      if (bin === half) continue;
      const [lower, upper] = binEdges(bin, RANGE);
      expect(binOf(bin > half ? lower : upper, RANGE)).toBe(bin);
    }
  });
});

/** Runs `claim` over states of random corpora. */
function check(
  claim: (given: {
    state: LayerState;
    corpus: Corpus;
    each: (test: (neuron: number, cells: Cell[]) => void) => void;
  }) => void,
  settings: AccumulatorSettings = SETTINGS,
): void {
  const accumulator = layerAccumulator(settings);
  fc.assert(
    fc.property(corpus(), (given) => {
      const state = accumulator.empty(given.neurons);
      for (const { batch } of given.batches) accumulator.add(state, batch);
      const each = (test: (neuron: number, cells: Cell[]) => void) => {
        for (let j = 0; j < given.neurons; j++) test(j, cellsOf(given, j));
      };
      claim({ state, corpus: given, each });
    }),
    { numRuns: 200 },
  );
}

/** Finite cells, best first: by value, then place. */
function ranked(cells: Cell[], sign: number): Cell[] {
  return finite(cells).sort((a, b) => sign * (b.value - a.value) || byPlace(a, b));
}

/** A float64 that is a multiple of 2^−unit, as a whole number of that unit. */
function inUnits(value: number, unit: number): bigint {
  let scaled = value;
  let shift = unit;
  // Doubling is exact, and ends after at most 596 steps.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift--;
  }
  return BigInt(scaled) << BigInt(shift);
}

/** The nearest float64 of a whole number of 2^−unit, by the language's own rounding of big integers. */
function fromUnits(exact: bigint, unit: number): number {
  const bits = exact.toString(2).length;
  if (bits < 900) return Number(exact) * 2 ** -unit;
  // Too long for float64 as it is: drop low bits, keeping what breaks a tie.
  const drop = BigInt(bits - 200);
  const kept = exact >> drop;
  const sticky = kept << drop === exact ? 0n : 1n;
  return Number((kept << 1n) | sticky) * 2 ** (Number(drop) - 1 - unit);
}
