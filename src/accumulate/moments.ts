import type { Accumulator, Batch } from './accumulator.js';
import { addExact, addNumber, DIGITS, DIGITS_PER_NEURON, roundToNumber } from './superaccumulator.js';
import { zeros } from './zeros.js';

/**
 * Exact Σx, Σx², Σx³, Σx⁴ of the batches' sums: neuron j's four numbers lie one
 * after another from j · DIGITS_PER_NEURON.
 */
export interface Moments {
  digits: Uint32Array;
}

/** Bits below the point of the smallest float32, 2^−149. */
const FLOAT32_BITS = 149;

export const momentsAccumulator: Accumulator<Moments> = {
  name: 'moments',
  empty: (neurons) => ({ digits: zeros(neurons * DIGITS_PER_NEURON) }),
  add: (into, batch) => addSums(into, batchSums(batch), batch.neurons),
  merge: (into, from) => {
    for (let at = 0; at < into.digits.length;) {
      for (const digits of DIGITS) {
        addNumber(into.digits, at, from.digits, at, digits);
        at += digits;
      }
    }
  },
};

/**
 * Σx … Σx⁴ of the finite counted values in float64, row after row in the order
 * of the batch's runs: entry power · neurons + j. The order and the form of the
 * products (x³ = x²·x, x⁴ = x²·x²) are part of what a profile's bytes hang on.
 */
export function batchSums(batch: Batch): Float64Array {
  const { activations, neurons, length, runs } = batch;
  const sums = new Float64Array(4 * neurons);
  const two = neurons;
  const three = 2 * neurons;
  const four = 3 * neurons;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 2]!;
    for (let position = runs[r + 1]!; position < end; position++) {
      const row = (runs[r]! * length + position) * neurons;
      for (let j = 0; j < neurons; j++) {
        const x = activations[row + j]!;
        if (x - x !== 0) continue; // NaN, ±Inf
        const square = x * x;
        sums[j]! += x;
        sums[two + j]! += square;
        sums[three + j]! += square * x;
        sums[four + j]! += square * square;
      }
    }
  }
  return sums;
}

/** Adds a batch's float64 sums (entry power · stride + j) exactly. */
export function addSums(into: Moments, sums: Float64Array, neurons: number, stride = neurons): void {
  for (let j = 0; j < neurons; j++) {
    let at = j * DIGITS_PER_NEURON;
    for (let power = 0; power < 4; power++) {
      const digits = DIGITS[power]!;
      addExact(into.digits, at, digits, FLOAT32_BITS * (power + 1), sums[power * stride + j]!);
      at += digits;
    }
  }
}

/** Σx, Σx², Σx³, Σx⁴ of one neuron, each rounded once. */
export function powerSums(moments: Moments, neuron: number): [number, number, number, number] {
  let at = neuron * DIGITS_PER_NEURON;
  const sum = (power: number): number => {
    const digits = DIGITS[power]!;
    const rounded = roundToNumber(moments.digits, at, digits, FLOAT32_BITS * (power + 1));
    at += digits;
    return rounded;
  };
  return [sum(0), sum(1), sum(2), sum(3)];
}
