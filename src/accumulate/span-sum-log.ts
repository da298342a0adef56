import { ExactBatch } from './exact-batch.js';
import { STRIP, type Strip } from './span-loops.js';
import { SPAN_DIGITS, SPAN_SUMS, type SpanHalf } from './span-state.js';
import { touch } from './touch.js';
import { pushTo } from '../core/push-to.js';

/** Rows that are held before they are added: those of some ten batches with the lexical labels. */
const LOG_ROWS = 256;

/** Bytes that a log takes for each neuron. */
export const SUM_LOG_BYTES = LOG_ROWS * 2 * 8;

/**
 * Σd and Σd² of batches that wait to be added exactly to those of their labels. The exact sums of a layer are larger than
 * a cache, and each addition to a lone one waits for the memory; many are added strip by strip, one label after the other.
 */
export class SpanSumLog {
  private readonly neurons: number;
  private readonly least: number;
  /** Σd of a strip's neurons, then their Σd²; a strip's rows lie together, from (its first neuron) · 2 · capacity. */
  private sums = new Float64Array(0);
  /** By the half of a label, the rows that are added to it. */
  private readonly rows = new Map<SpanHalf, number[]>();
  /** Takes one entry of all rows. */
  private batch = new ExactBatch(0);
  private capacity = 0;
  private used = 0;
  private touched = 0;

  /** @param neurons of the layer @param least rows that there is room for, once one is asked for */
  constructor(neurons: number, least = LOG_ROWS) {
    this.neurons = neurons;
    this.least = least;
  }

  /** A row for each of these, one after the other. @returns the first */
  begin(halves: readonly SpanHalf[]): number {
    if (this.used + halves.length > this.capacity) this.makeRoom(halves.length);
    for (const half of halves) {
      pushTo(this.rows, half, this.used);
      this.used++;
    }
    return this.used - halves.length;
  }

  /** Sets a strip of `count` rows. @param tallies as of SpanLoops, a place a row */
  set(first: number, count: number, { from }: Strip, tallies: Float64Array): void {
    this.sums.set(tallies.subarray(0, count * 2 * STRIP), (from * this.capacity + first * STRIP) * 2);
  }

  /** Adds all rows. */
  spill(): void {
    const [sum, squares] = SPAN_SUMS;
    for (let from = 0; from < this.neurons; from += STRIP) {
      const end = Math.min(this.neurons, from + STRIP);
      for (const [half, rows] of this.rows) {
        this.touched ^= touch(half.sums, from * SPAN_DIGITS, end * SPAN_DIGITS);
        for (let j = from; j < end; j++) {
          const at = from * this.capacity * 2 + (j - from);
          const digits = j * SPAN_DIGITS;
          this.addTo(half.sums, digits, sum, rows, at);
          this.addTo(half.sums, digits + sum.digits, squares, rows, at + STRIP);
        }
      }
    }
    this.rows.clear();
    this.used = 0;
  }

  /** Adds an entry of each row to a number. @param at that of row 0 */
  private addTo(
    number: Uint32Array,
    digit: number,
    { digits, unit }: { digits: number; unit: number },
    rows: readonly number[],
    at: number,
  ): void {
    const { sums, batch } = this;
    for (let r = 0; r < rows.length; r++) batch.values[r] = sums[at + rows[r]! * 2 * STRIP]!;
    batch.addTo(number, digit, digits, unit, rows.length);
  }

  private makeRoom(rows: number): void {
    this.spill();
    if (rows <= this.capacity) return;
    this.capacity = Math.max(this.least, rows);
    this.batch = new ExactBatch(this.capacity);
    this.sums = new Float64Array(this.capacity * Math.ceil(this.neurons / STRIP) * STRIP * 2);
  }
}
