import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseMean, gateAccumulator } from '../../src/accumulate/gate-cases.js';
import { caseOf, productsOf } from '../../src/accumulate/gate-products.js';
import { rankExamples } from '../../src/accumulate/rank-examples.js';
import { activation, byPlace, cellsOf, corpus, type Cell } from './batches.js';

describe('the sign case of a gate and the other factor', () => {
  test.each([
    [0.5, 2, 0],
    [0.5, -2, 1],
    [-0.5, 2, 2],
    [-0.5, -2, 3],
    [0, 2, -1],
    [-0, -2, -1],
    [1, 0, -1],
    [NaN, 1, -1],
    [1, -Infinity, -1],
    [0, Infinity, -1],
    [3e38, 3e38, -1],
    [1e-30, -1e-30, 1],
  ])('of %f and %f is number %i', (act, up, expected) => {
    expect(caseOf(Math.fround(act), Math.fround(up))).toBe(expected);
  });

  test('is what the loop over a batch takes it for, bit for bit', () => {
    fc.assert(
      fc.property(corpus(), ({ neurons, batches }) => {
        for (const { batch, cells } of batches) {
          const { products, cases } = productsOf(batch);
          const { act, up } = batch.factors!;
          expect(products).toEqual(act.map((a, i) => a * up[i]!));
          for (let j = 0; j < neurons; j++) {
            for (let which = 0; which < 4; which++) {
              const own = cells[j]!.filter(({ act, up }) => caseOf(act, up) === which);
              expect(cases[which]!.counts[j]).toBe(own.length);
              expect(cases[which]!.sum[j]).toBe(own.reduce((sum, cell) => sum + product(cell), 0));
            }
          }
        }
      }),
    );
  });
});

describe('gate cases', () => {
  test('count tokens, and have the exact mean and the largest product of each case', () => {
    fc.assert(
      fc.property(corpus(), (given) => {
        const accumulator = gateAccumulator({ around: 1 });
        const state = accumulator.empty(given.neurons);
        for (const { batch } of given.batches) accumulator.add(state, batch);
        state.cases.forEach((held, which) => {
          const ranked = rankExamples(held.example);
          for (let j = 0; j < given.neurons; j++) {
            const own = cellsOf(given, j).filter(({ act, up }) => caseOf(act, up) === which);
            expect(held.count[j]).toBe(own.length);
            const at = ranked.start[j]!;
            expect(ranked.start[j + 1]! - at).toBe(Math.min(1, own.length));
            if (own.length === 0) continue;
            // Batches sum in float64, which the exact sum of batches adds no error to.
            const sums = given.batches.map(({ cells }) =>
              cells[j]!.filter(({ act, up }) => caseOf(act, up) === which).reduce(
                (sum, cell) => sum + product(cell),
                0,
              ),
            );
            expect(caseMean(held, j)).toBe(exactSum(sums) / own.length);
            const [best] = own.sort(
              (a, b) => Math.abs(product(b)) - Math.abs(product(a)) || byPlace(a, b),
            ) as [Cell];
            expect([
              ...[ranked.value[at], ranked.file[at], ranked.record[at]],
              ...[ranked.window[at], ranked.position[at], ranked.tokenId[at]],
            ]).toEqual([product(best) + 0, best.file, best.record, best.window, best.position, best.tokenId]);
          }
        });
      }),
    );
  });

  test('are of no token that has no factors', () => {
    fc.assert(
      fc.property(activation, activation, (a, b) => {
        const [act, up] = [Math.fround(a), Math.fround(b)];
        const signs = [act > 0 ? '+' : act < 0 ? '-' : '', up > 0 ? '+' : up < 0 ? '-' : ''];
        const isFinite = Number.isFinite(Math.fround(act * up));
        const expected = isFinite ? ['++', '+-', '-+', '--'].indexOf(signs.join('')) : -1;
        expect(caseOf(act, up)).toBe(expected);
      }),
    );
  });
});

function product({ act, up }: Cell): number {
  return Math.fround(act * up);
}

/** Of multiples of 2^−149, rounded once. */
function exactSum(values: readonly number[]): number {
  const units = values.reduce((sum, value) => sum + toUnits(value), 0n);
  return Number(units) * 2 ** -149;
}

function toUnits(value: number): bigint {
  // Halved until it is small enough to be scaled exactly: float64 reaches 2^1023.
  return Math.abs(value) < 2 ** 800 ? BigInt(value * 2 ** 149) : toUnits(value / 2 ** 300) << 300n;
}
