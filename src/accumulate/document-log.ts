import type { SketchRange } from './bin-of.js';
import { conceptBinCount, conceptBinOfBits } from './concept-bins.js';
import { ExactBatch } from './exact-batch.js';
import { widenFor } from './label-bins.js';
import { touch } from './touch.js';
import { SUM_DIGITS, SUMS, type ConceptHalf } from './concept-state.js';
import { pushTo } from '../core/push-to.js';

/** Neurons that are added together: of one label 18 KiB of bins and 4 KiB of sums, which stay in the first cache. */
const TILE = 32;
/** Documents that are held before they are added. */
const LOG_DOCUMENTS = 256;

/** Bytes that a log takes for each neuron. */
export const DOCUMENT_LOG_BYTES = LOG_DOCUMENTS * 4;

/**
 * Documents' values, one a neuron, that wait to be added to their labels. What is kept of a label is larger than a cache,
 * and each value of a lone document waits for the memory; many documents are added tile by tile, one label after the other.
 */
export class DocumentLog {
  private readonly neurons: number;
  private readonly range: SketchRange;
  private readonly capacity: number;
  /** A tile's rows lie together, from (its first neuron) · capacity: see span-log.ts. Empty until a document comes. */
  private values = new Float32Array(0);
  private words = new Uint32Array(0);
  /** By the half of a label, the documents that count in it. */
  private readonly rows = new Map<ConceptHalf, number[]>();
  /** Takes one neuron's values. */
  private readonly batch: ExactBatch;
  private used = 0;
  private touched = 0;

  /** @param neurons of the layer @param capacity documents that are held */
  constructor(neurons: number, range: SketchRange, capacity = LOG_DOCUMENTS) {
    this.neurons = neurons;
    this.range = range;
    this.capacity = capacity;
    this.batch = new ExactBatch(capacity);
  }

  /** @param values one a neuron, −Infinity where it has none @param targets where they are to be added */
  add(values: Float32Array, targets: readonly ConceptHalf[]): void {
    if (this.values.length === 0) {
      this.values = new Float32Array(this.capacity * Math.ceil(this.neurons / TILE) * TILE);
      this.words = new Uint32Array(this.values.buffer);
    }
    for (let from = 0; from < this.neurons; from += TILE)
      this.values.set(values.subarray(from, from + TILE), from * this.capacity + this.used * TILE);
    for (const target of targets) {
      pushTo(this.rows, target, this.used);
    }
    if (++this.used === this.capacity) this.spill();
  }

  /** Adds all documents. */
  spill(): void {
    const perNeuron = conceptBinCount(this.range);
    for (const [half, rows] of this.rows) widenFor(half.bins, rows.length);
    for (let from = 0; from < this.neurons; from += TILE) {
      const end = Math.min(this.neurons, from + TILE);
      for (const [half, rows] of this.rows) {
        this.touched ^= touch(half.bins.counts, from * perNeuron, end * perNeuron);
        this.touched ^= touch(half.sums, from * SUM_DIGITS, end * SUM_DIGITS);
        this.addTile(half, rows, from, end);
      }
    }
    this.rows.clear();
    this.used = 0;
  }

  /** Adds documents to what is kept of the neurons [from, end). */
  private addTile(
    { values: counts, sums, bins: { counts: bins } }: ConceptHalf,
    rows: readonly number[],
    from: number,
    end: number,
  ) {
    const { values, words, range, batch } = this;
    const perNeuron = conceptBinCount(range);
    const tile = from * this.capacity;
    const [sum, squares] = SUMS;
    for (let j = from; j < end; j++) {
      const at = j * SUM_DIGITS;
      let count = 0;
      for (let r = 0; r < rows.length; r++) {
        const place = tile + rows[r]! * TILE + (j - from);
        const value = values[place]!;
        if (value === -Infinity) continue;
        bins[j * perNeuron + conceptBinOfBits(words[place]!, range)]!++;
        batch.values[count++] = value;
      }
      counts[j]! += count;
      batch.addTo(sums, at, sum.digits, sum.unit, count);
      for (let i = 0; i < count; i++) batch.values[i]! *= batch.values[i]!;
      batch.addTo(sums, at + sum.digits, squares.digits, squares.unit, count);
    }
  }
}
