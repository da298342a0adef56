import type { Batch } from './accumulator.js';

/** What one batch holds of one sign case. */
export interface CaseExtremes {
  /** Of each neuron: how many tokens, and their Σ product in float64, row after row in the order of the batch's runs. */
  counts: Float64Array;
  sum: Float64Array;
  /** Product of largest magnitude of each window and neuron, entry w · neurons + j, and the first position that has it; −1: none. */
  value: Float32Array;
  position: Int32Array;
}

/** The sign case of a pair of factors: its number in GATE_CASES; −1 where there is none. */
export function caseOf(act: number, up: number): number {
  const product = Math.fround(act * up);
  if (product - product !== 0 || act === 0 || up === 0) return -1;
  return (act < 0 ? 2 : 0) + (up < 0 ? 1 : 0);
}

/** Cases of a neuron, which lie together while a batch is counted: what one token touches is one place in the cache. */
const CASES = 4;
/** Neurons that are counted together over all rows of a batch: 24 bytes a case each, so 6 KiB. */
const TILE = 64;

/**
 * The products of all positions of a batch, [windows × length × neurons], and what its counted ones come to, by the
 * definition of `caseOf`.
 */
export function productsOf({ factors, neurons, length, runs, places }: Batch): {
  products: Float32Array;
  cases: CaseExtremes[];
} {
  if (factors === undefined) throw new Error('a batch came without the factors of its gates');
  const { act, up } = factors;
  const products = new Float32Array(places.length * length * neurons);
  for (let i = 0; i < products.length; i++) products[i] = act[i]! * up[i]!;
  const [actBits, upBits] = [bitsOf(act), bitsOf(up)];
  const room: Room = {
    counts: new Float64Array(CASES * neurons),
    sums: new Float64Array(CASES * neurons),
    largest: new Float32Array(CASES * places.length * neurons).fill(-1),
    positions: new Int32Array(CASES * places.length * neurons).fill(-1),
  };
  for (let from = 0; from < neurons; from += TILE) {
    const to = Math.min(neurons, from + TILE);
    for (let r = 0; r < runs.length; r += 3) {
      const window = runs[r]!;
      for (let position = runs[r + 1]!; position < runs[r + 2]!; position++) {
        const row = (window * length + position) * neurons;
        countRow(actBits, upBits, products, row, from, to, position, window * neurons, room);
      }
    }
  }
  return { products, cases: [0, 1, 2, 3].map((which) => caseOfRoom(room, which)) };
}

/** By neuron (and window), then case: entry j · CASES + which. */
interface Room {
  counts: Float64Array;
  sums: Float64Array;
  /** Magnitudes; −1: none. */
  largest: Float32Array;
  positions: Int32Array;
}

/**
 * Counts neurons [from, to) of one row. Signs are taken from the bits, for nobody can foresee which way a branch on
 * them goes; with tiles it takes a third less time than branches along whole rows.
 * @param window where the window's first neuron has its place
 */
function countRow(
  act: Uint32Array,
  up: Uint32Array,
  products: Float32Array,
  row: number,
  from: number,
  to: number,
  position: number,
  window: number,
  { counts, sums, largest, positions }: Room,
): void {
  for (let j = from; j < to; j++) {
    const a = act[row + j]!;
    const b = up[row + j]!;
    const product = products[row + j]!;
    // NaN or infinite; or a factor is 0, whose bits but the sign are.
    if (product - product !== 0 || a << 1 === 0 || b << 1 === 0) continue;
    const which = ((a >>> 31) << 1) | (b >>> 31);
    const at = j * CASES + which;
    counts[at]!++;
    sums[at]! += product;
    const cell = window * CASES + at;
    const magnitude = Math.abs(product);
    if (magnitude <= largest[cell]!) continue; // nearly always
    largest[cell] = magnitude;
    positions[cell] = position;
  }
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

/** One case of a room, its values with the sign that its products have. */
function caseOfRoom({ counts, sums, largest, positions }: Room, which: number): CaseExtremes {
  const pick = <A extends Float64Array | Float32Array | Int32Array>(all: A, into: A): A => {
    for (let i = 0; i < into.length; i++) into[i] = all[i * CASES + which]!;
    return into;
  };
  const value = pick(largest, new Float32Array(largest.length / CASES));
  const position = pick(positions, new Int32Array(value.length));
  const isNegative = which === 1 || which === 2;
  for (let i = 0; i < value.length; i++) {
    if (position[i] === -1) value[i] = 0;
    else if (isNegative) value[i]! *= -1;
  }
  return {
    counts: pick(counts, new Float64Array(counts.length / CASES)),
    sum: pick(sums, new Float64Array(sums.length / CASES)),
    ...{ value, position },
  };
}
