import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '../../../src/analyse/match/assign.js';
import { correlation, correlations } from '../../../src/analyse/match/correlations.js';
import { matchLayer } from '../../../src/analyse/match/match-layer.js';
import { standardise } from '../../../src/analyse/match/standardise.js';

/** By scipy and numpy: make-assignments.py. */
const TRUTH = JSON.parse(readFileSync(new URL('assignments.json', import.meta.url), 'utf8')) as {
  cases: { name: string; weights: number[][]; pairs: [number, number][]; total: number }[];
  values: number[][];
  correlations: number[][];
};

function pairsOf(columnOf: Int32Array): [number, number][] {
  return [...columnOf].flatMap((column, row): [number, number][] => (column === -1 ? [] : [[row, column]]));
}

describe('an assignment', () => {
  test.each(TRUTH.cases)(
    'of the matrix $name adds up to what scipy finds',
    ({ name, weights, pairs, total }) => {
      const [rows, columns] = [weights.length, weights[0]!.length];
      const found = pairsOf(assign(Float32Array.from(weights.flat()), rows, columns));
      expect(found).toHaveLength(Math.min(rows, columns));
      expect(new Set(found.map(([, column]) => column)).size).toBe(found.length);
      const sum = found.reduce((all, [row, column]) => all + weights[row]![column]!, 0);
      expect(sum).toBeCloseTo(total, 9);
      // Where no sums are tied there is one best assignment.
      if (!/tied|equal/.test(name)) expect(found).toEqual(pairs);
    },
  );

  test('is as good as the best of all assignments, ties among them', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 5 }),
      columns: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(shape, fc.infiniteStream(fc.integer({ min: -4, max: 4 })), ({ rows, columns }, stream) => {
        const weights = Float32Array.from({ length: rows * columns }, () => stream.next().value as number);
        const found = pairsOf(assign(weights, rows, columns));
        expect(found).toHaveLength(Math.min(rows, columns));
        const sum = found.reduce((all, [row, column]) => all + weights[row * columns + column]!, 0);
        expect(sum).toBe(best(weights, rows, columns));
      }),
      { numRuns: 500 },
    );
  });

  test('of no rows or no columns is none', () => {
    expect([...assign(new Float32Array(0), 0, 3)]).toEqual([]);
    expect([...assign(new Float32Array(0), 2, 0)]).toEqual([-1, -1]);
  });
});

/** The largest sum of all assignments of as many pairs as there can be, by trying them. */
function best(weights: Float32Array, rows: number, columns: number): number {
  const most = Math.min(rows, columns);
  const go = (row: number, used: number, pairs: number): number => {
    if (row === rows) return pairs === most ? 0 : -Infinity;
    let value = rows > columns ? go(row + 1, used, pairs) : -Infinity;
    for (let j = 0; j < columns; j++) {
      if ((used & (1 << j)) === 0)
        value = Math.max(value, weights[row * columns + j]! + go(row + 1, used | (1 << j), pairs + 1));
    }
    return value;
  };
  return go(0, 0, 0);
}

describe('correlations', () => {
  test('are numpy’s', () => {
    const { values } = TRUTH;
    const [neurons, positions] = [values.length, values[0]!.length];
    const { units } = standardise(Float32Array.from(values.flat()), neurons, positions);
    const found = correlations(units, units, positions);
    TRUTH.correlations.flat().forEach((r, i) => expect(found[i]).toBeCloseTo(r, 6));
    TRUTH.correlations.flat().forEach((r, at) => {
      const [i, j] = [Math.floor(at / neurons), at % neurons];
      expect(correlation(units, i, units, j, positions)).toBeCloseTo(r, 13);
    });
  });

  test('by tiles are those one by one, bit for bit, whatever the shape', () => {
    const size = fc.integer({ min: 0, max: 70 });
    fc.assert(
      fc.property(
        ...[size, size, fc.integer({ min: 1, max: 9 })],
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (rows, columns, length, stream) => {
          const vectors = (count: number) =>
            Float64Array.from({ length: count * length }, () => stream.next().value as number);
          const [a, b] = [vectors(rows), vectors(columns)];
          const expected = Float32Array.from({ length: rows * columns }, (_, at) =>
            correlation(a, Math.floor(at / columns), b, at % columns, length),
          );
          expect(correlations(a, b, length)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the neurons of two layers', () => {
  const layer = (rows: number[][], neurons = rows.map((_, i) => i)) => ({
    ...{ group: '', layer: 0, neurons: Int32Array.from(neurons), positions: rows[0]!.length },
    values: Float32Array.from(rows.flat()),
  });
  const [rising, falling, wave] = [
    [1, 2, 3, 4],
    [4, 3, 2, 1.5],
    [0, 5, -5, 1],
  ];

  test('are paired by their values, whatever their order, scale and offset', () => {
    const a = layer([rising, falling, wave]);
    const b = layer([wave.map((x) => 3 * x - 7), rising.map((x) => x / 8), falling], [10, 20, 30]);
    const { pairs, unmatched } = matchLayer(a, b);
    expect([...pairs].map(([neuron, { neuron: other }]) => [neuron, other])).toEqual([
      [0, 20],
      [1, 30],
      [2, 10],
    ]);
    for (const { r } of pairs.values()) expect(r).toBeCloseTo(1, 12);
    expect(unmatched).toEqual({ a: [], b: [] });
  });

  test('are left alone where they are constant, not finite or too many, and it is said why', () => {
    const a = layer([[7, 7, 7, 7], rising, [0, NaN, 1, 2], wave]);
    const b = layer([[1, 1, Infinity, 1], wave, [0, 0, 0, 0]], [4, 5, 6]);
    const { pairs, unmatched } = matchLayer(a, b);
    expect([...pairs.keys()]).toEqual([3]);
    expect(pairs.get(3)!.neuron).toBe(5);
    expect(unmatched).toEqual({
      a: [
        { neuron: 0, reason: 'constant' },
        { neuron: 1, reason: 'left over' },
        { neuron: 2, reason: 'not finite' },
      ],
      b: [
        { neuron: 4, reason: 'not finite' },
        { neuron: 6, reason: 'constant' },
      ],
    });
  });

  test('are not one another’s negative', () => {
    expect(matchLayer(layer([rising]), layer([rising.map((x) => -x), wave])).pairs.get(0)!.neuron).toBe(1);
  });

  test('have correlations where their values are as large or small as float32 has them', () => {
    const [huge, tiny] = [rising.map((x) => x * 8e37), rising.map((x) => x * 1.5e-45)];
    const { pairs } = matchLayer(layer([huge]), layer([tiny]));
    expect(pairs.get(0)!.r).toBeGreaterThan(0.9);
  });
});
