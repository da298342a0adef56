import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/accumulate/accumulator.js';
import {
  addSums,
  emptySums,
  LARGEST,
  sortedClasses,
  type ClassSums,
} from '../../src/accumulate/class-sums.js';
import { EXPLAIN_KINDS, NO_TOKEN, type ExplainKind } from '../../src/accumulate/explain-kinds.js';
import { explainedAccumulator } from '../../src/accumulate/explained.js';
import { beforeOf, corpus } from './batches.js';

const accumulator = explainedAccumulator(EXPLAIN_KINDS);
const UNIT_BITS = 40n;

/** What a cell holds, in units of 2^−40, by class and neuron; and tokens by class. */
type Plain = Map<number, { count: number; units: bigint[] }>;

describe('sums by class', () => {
  test('are of each batch’s float64 sum, rounded to 2^−40, ties to even, and exact from there', () => {
    fc.assert(
      fc.property(corpus(), ({ neurons, batches }) => {
        const state = accumulator.empty(neurons);
        for (const { batch } of batches) accumulator.add(state, batch);
        for (const kind of EXPLAIN_KINDS) {
          const expected: Plain = new Map();
          for (const { batch } of batches) addPlainly(expected, batch, kind);
          expect(plain(state[kind]!)).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('hold what no float64 does: large and small batches’ sums, however often', () => {
    const sum = fc.oneof(
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.double({ min: -(2 ** 24), max: 2 ** 24, noNaN: true }),
      // About the bounds of the fast way, of a carry, and of what is taken at all.
      fc.constantFrom(2 ** 11, -(2 ** 11), 2 ** 12, 2 ** 12 - 2 ** -41, 2 ** 11 + 2 ** -41, -(2 ** 12)),
      fc.constantFrom(LARGEST * 16, -LARGEST * 16, LARGEST * 16 + 1, NaN, Infinity, 2 ** -41, 3 * 2 ** -41),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), sum), { maxLength: 200 }), (given) => {
        const sums = emptySums(1);
        const expected: Plain = new Map();
        for (const [ofClass, value] of given) {
          addSums(sums, ofClass, Float64Array.of(value), 16);
          take(expected, ofClass, [value], 16);
        }
        expect(plain(sums)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('lie in pages that growing leaves where they are', () => {
    const sums = emptySums(2000);
    const row = (x: number) => Float64Array.from({ length: 2000 }, (_, j) => (x + j) / 2);
    addSums(sums, 0, row(0), 1);
    const [first] = sums.low;
    for (let c = 1; c < 100; c++) addSums(sums, c, row(c), 1);
    expect(sums.low[0]).toBe(first);
    expect(sums.low.length).toBe(4); // 32 rows of 2,000 are less than 2^16 cells
    const classes = [...sortedClasses(sums)];
    expect(classes.map((each) => each.class)).toEqual(Array.from({ length: 100 }, (_, c) => c));
    for (const each of classes) expect(each.low[1999]).toBe((each.class + 1999) * 2 ** 39);
  });
});

/** Adds a batch value by value. */
function addPlainly(into: Plain, batch: Batch, kind: ExplainKind): void {
  const { activations, neurons, length, runs, places } = batch;
  const sums = new Map<number, { tokens: number; sums: number[] }>();
  for (let r = 0; r < runs.length; r += 3) {
    const { ids, file, record, window } = places[runs[r]!]!;
    for (let position = runs[r + 1]!; position < runs[r + 2]!; position++) {
      const first = window === 0 ? NO_TOKEN : beforeOf({ file, record });
      const before = position === 0 ? first : ids[position - 1]!;
      const ofClass = { position, token: ids[position]!, previous: before }[kind];
      const held = sums.get(ofClass) ?? { tokens: 0, sums: new Array<number>(neurons).fill(0) };
      sums.set(ofClass, held);
      held.tokens++;
      for (let j = 0; j < neurons; j++)
        held.sums[j]! += activations[(runs[r]! * length + position) * neurons + j]!;
    }
  }
  for (const [ofClass, { tokens, sums: values }] of sums) take(into, ofClass, values, tokens);
}

function take(into: Plain, ofClass: number, values: readonly number[], tokens: number): void {
  const held = into.get(ofClass) ?? { count: 0, units: values.map(() => 0n) };
  into.set(ofClass, held);
  held.count += tokens;
  values.forEach((value, j) => {
    if (Math.abs(value) <= tokens * LARGEST) held.units[j]! += unitsOf(value);
  });
}

/** A float64 in units, by its bits. */
function unitsOf(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(Math.abs(value)).buffer)[0]!;
  const biased = Number(bits >> 52n);
  const mantissa = (bits & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n);
  const shift = BigInt(Math.max(1, biased) - 1075) + UNIT_BITS;
  if (shift >= 0n) return (value < 0 ? -1n : 1n) * (mantissa << shift);
  const down = -shift;
  const whole = mantissa >> down;
  const rest = mantissa - (whole << down);
  const half = 1n << (down - 1n);
  const up = rest > half || (rest === half && (whole & 1n) === 1n) ? 1n : 0n;
  return (value < 0 ? -1n : 1n) * (whole + up);
}

function plain(sums: ClassSums): Plain {
  const classes = [...sortedClasses(sums)];
  for (const { low } of classes) for (const x of low) expect(x >= -(2 ** 51) && x < 2 ** 51).toBe(true);
  return new Map(
    classes.map(({ class: ofClass, count, low, high }) => {
      const units = Array.from(low, (x, j) => BigInt(x) + BigInt(high?.[j] ?? 0) * (1n << 52n));
      return [ofClass, { count, units }];
    }),
  );
}
