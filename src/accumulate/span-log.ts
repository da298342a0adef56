import { EXPONENT_BIAS, type SketchRange } from './bin-of.js';
import { conceptBinCount } from './concept-bins.js';

/** Neurons that are taken together: of one histogram 18 KiB, which stay in the first cache. */
export const TILE = 32;
/** Rows that are held before they are counted. */
export const LOG_ROWS = 512;
/** In place of a bin, of what is not finite. */
const NONE = 0xffff;

const floats = new Float32Array(TILE);
const words = new Uint32Array(floats.buffer);

/** Bytes that a log takes for each neuron. */
export const LOG_BYTES = LOG_ROWS * 2;

/**
 * Rows of bins, a value each neuron, that wait to be counted in histograms. A histogram of a layer is larger than a cache,
 * and each count of a lone row waits for the memory; many rows are counted tile by tile, one histogram after the other.
 */
export class SpanLog {
  private readonly neurons: number;
  private readonly perNeuron: number;
  /** Bins of one sign. */
  private readonly half: number;
  /** Step of the lowest octave, as bits of a float32 have it. */
  private readonly lowest: number;
  /**
   * A tile's rows lie together, from (its first neuron) · capacity: rows that lie a layer’s width apart, which is some
   * power of two times a small number, would push each other out of the cache.
   */
  private bins: Uint16Array;
  /** By histogram, the rows that count in it. */
  private readonly rows = new Map<Uint32Array, number[]>();
  private capacity = 0;
  private used = 0;
  private touched = 0;

  /** @param neurons of the layer */
  constructor(neurons: number, range: SketchRange) {
    this.neurons = neurons;
    this.perNeuron = conceptBinCount(range);
    this.half = (this.perNeuron - 1) / 2;
    this.lowest = (EXPONENT_BIAS + range.low) * 4;
    this.bins = new Uint16Array(0);
  }

  /** Makes room for so many rows. */
  reserve(rows: number): void {
    if (this.used + rows <= this.capacity) return;
    this.spill();
    if (rows <= this.capacity) return;
    this.capacity = Math.max(LOG_ROWS, rows);
    this.bins = new Uint16Array(this.capacity * Math.ceil(this.neurons / TILE) * TILE);
  }

  /** A row of the room that was made. @param targets histograms that it counts in: neuron j's bins from j · conceptBinCount */
  row(targets: readonly Uint32Array[]): number {
    for (const target of targets) {
      const rows = this.rows.get(target);
      if (rows === undefined) this.rows.set(target, [this.used]);
      else rows.push(this.used);
    }
    return this.used++;
  }

  /** Sets the bins of a tile, the neurons [from, from + width) of a row, to those of `width` values from `at`. */
  set(row: number, from: number, width: number, values: Float32Array | Float64Array, at: number): void {
    const { bins, half, lowest } = this;
    const into = from * this.capacity + row * TILE;
    for (let j = 0; j < width; j++) floats[j] = values[at + j]!;
    for (let j = 0; j < width; j++) {
      // conceptBinOfBits
      const word = words[j]!;
      const magnitude = word & 0x7fffffff;
      const step = (magnitude >>> 21) - lowest;
      const beyond = step < half ? step : half - 1;
      const bin = step < 0 ? half : word >>> 31 === 0 ? half + 1 + beyond : half - 1 - beyond;
      bins[into + j] = magnitude < 0x7f800000 ? bin : NONE;
    }
  }

  /** Counts all rows. */
  spill(): void {
    const { neurons, perNeuron, bins, capacity } = this;
    for (let from = 0; from < neurons; from += TILE) {
      const width = Math.min(TILE, neurons - from);
      for (const [counts, rows] of this.rows) {
        this.touched += touch(counts, from * perNeuron, (from + width) * perNeuron);
        for (let r = 0; r < rows.length; r++) {
          const row = from * capacity + rows[r]! * TILE;
          for (let j = 0, at = from * perNeuron; j < width; j++, at += perNeuron) {
            const bin = bins[row + j]!;
            if (bin !== NONE) counts[at + bin]!++;
          }
        }
      }
    }
    this.rows.clear();
    this.used = 0;
  }
}

/** Reads a word of each cache line, in order, which the processor foresees, as it does not the counts that follow. */
function touch(counts: Uint32Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i += 16) sum += counts[i]!;
  return sum & 1;
}
