import { countedRows, type Accumulator, type Batch } from './accumulator.js';
import { binCount, EXPONENT_BIAS, halfBins, type SketchRange } from './bin-of.js';
import { addCounters, widened, type Counters } from './counters.js';
import { zeros } from './zeros.js';

/** Neuron j's bins lie from j · binCount(range). */
export interface Sketch {
  bins: Counters;
  /** Values at or below −2^high, counted in the lowest bin. */
  clampedLow: Counters;
  /** Values at or above 2^high, counted in the highest bin. */
  clampedHigh: Counters;
  /** Counted tokens so far: a bound of every count. */
  tokens: number;
}

/** Fixed bins merge exactly in any order, unlike centroids or samples. */
export function sketchAccumulator(range: SketchRange): Accumulator<Sketch> {
  return {
    name: 'sketch',
    empty: (neurons) => ({
      bins: zeros(neurons * binCount(range)),
      clampedLow: new Uint32Array(neurons),
      clampedHigh: new Uint32Array(neurons),
      tokens: 0,
    }),
    add: (into, batch) => add(into, batch, range),
    merge: (into, from) => {
      into.tokens += from.tokens;
      for (const field of FIELDS) into[field] = addCounters(into[field], from[field], into.tokens);
    },
  };
}

const FIELDS = ['bins', 'clampedLow', 'clampedHigh'] as const;

const INFINITE = 0x7f800000;

/**
 * `binOf` from the bits: the four highest bits of the mantissa are the step, the
 * exponent above them the octave, so one shift has both.
 */
function add(into: Sketch, batch: Batch, range: SketchRange): void {
  const { activations, neurons, length, runs } = batch;
  into.tokens += countedRows(batch);
  for (const field of FIELDS) into[field] = widened(into[field], into.tokens);
  const { bins, clampedLow, clampedHigh } = into;
  const bits = new Uint32Array(activations.buffer, activations.byteOffset, activations.length);
  const perNeuron = binCount(range);
  const half = halfBins(range);
  const first = (EXPONENT_BIAS + range.low) << 4;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 2]!;
    for (let position = runs[r + 1]!; position < end; position++) {
      const row = (runs[r]! * length + position) * neurons;
      for (let j = 0; j < neurons; j++) {
        const word = bits[row + j]!;
        const magnitude = word & 0x7fffffff;
        if (magnitude >= INFINITE) continue; // NaN, ±Inf
        const middle = j * perNeuron + half;
        let bin = (magnitude >>> 19) - first;
        if (bin < 0) {
          bins[middle]!++;
          continue;
        }
        const negative = word >>> 31;
        if (bin >= half) {
          bin = half - 1;
          if (negative) clampedLow[j]!++;
          else clampedHigh[j]!++;
        }
        bins[negative ? middle - 1 - bin : middle + 1 + bin]!++;
      }
    }
  }
}
