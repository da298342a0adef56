import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SketchRange } from '../../src/accumulate/bin-of.js';
import { halfSipHash } from '../../src/accumulate/half-sip-hash.js';
import { positionHash } from '../../src/accumulate/position-hashes.js';
import { rankSamples } from '../../src/accumulate/rank-examples.js';
import { samplesAccumulator, type SampleSettings } from '../../src/accumulate/samples.js';
import { cellsOf, corpus, finite, type Cell } from './batches.js';

describe('HalfSipHash-2-4-64', () => {
  // From the reference implementation's vectors: key 00 01 … 07, message 00 01 … of that many bytes.
  test.each([
    [0, '218d1f59b9b83cc8'],
    [4, 'd5e78a175be52ea1'],
    [8, 'edfee820bce4858c'],
    [12, '7bc71f9faef5c799'],
    [16, '7336aad25f7bf3b5'],
  ])('has the published hash of %i bytes', (bytes, hash) => {
    const message = Int32Array.from({ length: bytes / 4 }, (_, i) => 0x03020100 + 0x04040404 * i);
    const out = new Uint32Array(2);
    halfSipHash([0x03020100, 0x07060504], message, out);
    expect(Buffer.from(out.buffer).toString('hex')).toBe(hash);
  });
});

describe('samples', () => {
  const NARROW = { low: -2, high: 3 };
  /** As wide as there is: more cells than a byte counts. */
  const WIDE = { low: -126, high: 127 };

  /** What holds of sign and octave of a value, as its definition says. */
  function bandOf(value: number, { low, high }: SketchRange): number {
    const octave = Math.min(Math.floor(Math.log2(Math.abs(value))), high - 1);
    if (Math.abs(value) < 2 ** low) return 0;
    return (octave - low + 1) * Math.sign(value);
  }

  function hashOf(seed: number, cell: Omit<Cell, 'act' | 'up'>): bigint {
    const out = new Uint32Array(2);
    positionHash(seed, cell, cell.position, out);
    return (BigInt(out[1]!) << 32n) | BigInt(out[0]!);
  }

  test.each([
    ['random', 3, NARROW],
    ['random', 1, NARROW],
    ['band', 1, NARROW],
    ['band', 2, NARROW],
    ['band', 1, WIDE],
  ] as const)(
    'on the side %s are the %i finite values of lowest hash in each cell',
    (side, size, sketchRange) => {
      fc.assert(
        fc.property(corpus(), fc.nat(2 ** 32 - 1), (given, seed) => {
          const settings: SampleSettings = { side, size, sketchRange, around: 1, seed };
          const accumulator = samplesAccumulator(settings);
          const state = accumulator.empty(given.neurons);
          for (const { batch } of given.batches) accumulator.add(state, batch);
          const ranked = rankSamples(state);
          for (let j = 0; j < given.neurons; j++) {
            const cells = finite(cellsOf(given, j)).map((cell) => ({
              cell,
              band: side === 'random' ? 0 : bandOf(cell.value, sketchRange),
              hash: hashOf(seed, cell),
            }));
            const bands = [...new Set(cells.map(({ band }) => band))].sort((a, b) => a - b);
            const expected = bands.flatMap((band) =>
              cells
                .filter((each) => each.band === band)
                .sort((a, b) => (a.hash < b.hash ? -1 : 1))
                .slice(0, size),
            );
            const held = Array.from({ length: ranked.start[j + 1]! - ranked.start[j]! }, (_, i) => {
              const at = ranked.start[j]! + i;
              return [
                ranked.value[at],
                ranked.file[at],
                ranked.record[at],
                ranked.window[at],
                ranked.position[at],
              ];
            });
            expect(held).toEqual(
              expected.map(({ cell }) => [
                cell.value + 0,
                cell.file,
                cell.record,
                cell.window,
                cell.position,
              ]),
            );
          }
        }),
      );
    },
  );

  test('are uniform: over many seeds every position is drawn as often as chance would have it', () => {
    const positions = 20;
    const drawn = new Array<number>(positions).fill(0);
    const seeds = 4000;
    for (let seed = 0; seed < seeds; seed++) {
      const hashes = Array.from({ length: positions }, (_, position) => ({
        position,
        hash: hashOf(seed, {
          file: 0,
          record: position % 5,
          window: 0,
          position,
          value: 0,
          tokenId: 0,
          textKey: '',
        }),
      }));
      drawn[hashes.sort((a, b) => (a.hash < b.hash ? -1 : 1))[0]!.position]!++;
    }
    const expected = seeds / positions;
    const chiSquare = drawn.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(43.8); // the 0.999 quantile with 19 degrees of freedom
  });
});
