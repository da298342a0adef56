import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchAccumulator, matchSlots } from '../../src/accumulate/match-sample.js';
import { positionHash } from '../../src/accumulate/position-hashes.js';
import { cellsOf, corpus, type Cell } from './batches.js';

describe('the sample for matching', () => {
  test('is of the counted positions of lowest hash, the same for all neurons, with every value there', () => {
    fc.assert(
      fc.property(corpus(), fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 9 }), (given, seed, size) => {
        const accumulator = matchAccumulator({ size, seed });
        const state = accumulator.empty(given.neurons);
        for (const { batch } of given.batches) accumulator.add(state, batch);
        const slots = [...matchSlots(state)];
        for (let j = 0; j < given.neurons; j++) {
          const expected = cellsOf(given, j)
            .map((cell) => ({ cell, hash: hashOf(seed, cell) }))
            .sort((a, b) => (a.hash < b.hash ? -1 : 1))
            .slice(0, size)
            .map(({ cell }) => [...placeOf(cell), cell.tokenId, cell.value + 0]);
          const held = slots.map((slot) => [
            ...[state.file[slot], state.record[slot], state.window[slot], state.position[slot]],
            ...[state.tokenId[slot], state.values[slot * given.neurons + j]],
          ]);
          expect(held).toEqual(expected);
        }
      }),
    );
  });

  test('keeps one NaN and one zero, whatever their bits were', () => {
    const bits = Uint32Array.of(0xffc00001, 0x7f800001, 0x80000000, 0xff800000);
    const accumulator = matchAccumulator({ size: 1, seed: 0 });
    const state = accumulator.empty(4);
    const place = {
      ...{ file: 0, record: 0, window: 0, line: 1, startByte: 0, id: null, textKey: '' },
      ...{ ids: Int32Array.of(5), tokenIndex: Int32Array.of(0), span: () => null },
    };
    const activations = new Float32Array(bits.buffer);
    const windows = {
      max: activations,
      argmax: new Int32Array(4),
      min: activations,
      argmin: new Int32Array(4),
    };
    accumulator.add(state, {
      ...{ activations, neurons: 4, length: 1, runs: Int32Array.of(0, 0, 1), places: [place], windows },
    });
    expect([...new Uint32Array(state.values.buffer)]).toEqual([0x7fc00000, 0x7fc00000, 0, 0xff800000]);
  });
});

function placeOf({ file, record, window, position }: Cell): number[] {
  return [file, record, window, position];
}

function hashOf(seed: number, cell: Cell): bigint {
  const out = new Uint32Array(2);
  positionHash(seed, cell, cell.position, out);
  return (BigInt(out[1]!) << 32n) | BigInt(out[0]!);
}
