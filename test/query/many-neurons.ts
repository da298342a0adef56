import fc from 'fast-check';
import type { ProfileLayer } from '../../src/profile/types.js';
import { madeLayer } from '../profile/made.js';

const WIDTH = 40;

/** Values that make every kind of neuron: dead, constant, broken, of both signs, with ties among their figures. */
const VALUES = [0, -1, -0.5, 0.25, 1, 1, 2, 3, 1e-30, 100];

/** Two groups of layers of 40 neurons, always the same. */
export function manyNeurons(): ProfileLayer[] {
  const [seeded] = fc.sample(fc.array(fc.nat(1e6), { minLength: 40_000, maxLength: 40_000 }), {
    numRuns: 1,
    seed: 7,
  });
  const random = seeded!.values();
  const next = (n: number) => random.next().value! % n;
  return (
    [
      ['encoder', 0],
      ['encoder', 1],
      ['decoder', 0],
    ] as const
  ).map(([group, layer]) => {
    const palettes = Array.from({ length: WIDTH }, () =>
      Array.from({ length: 1 + next(4) }, () => VALUES[next(VALUES.length)]!),
    );
    const broken = Array.from({ length: WIDTH }, () => next(10));
    const value = (j: number) =>
      broken[j] === 0
        ? NaN
        : broken[j] === 1 && next(3) === 0
          ? Infinity
          : palettes[j]![next(palettes[j]!.length)]!;
    const documents = [3, 5, 2, 4].map((length) =>
      Array.from({ length }, () => Array.from({ length: WIDTH }, (_, j) => value(j))),
    );
    return madeLayer({ group, layer, documents });
  });
}
