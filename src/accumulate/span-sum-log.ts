import { pushTo } from '../core/push-to.js';
import { ExactBatch } from './exact-batch.js';
import { STRIP, type Strip } from './span-loops.js';
import { SPAN_DIGITS, SPAN_SUMS, type SpanHalf } from './span-state.js';
import { touch } from './touch.js';

/** Rows that are held before they are added: those of some ten lots with the lexical labels. */
const LOG_ROWS = 256;

/** Bytes that a log takes for each neuron. */
export const SUM_LOG_BYTES = LOG_ROWS * 2 * 8;

/** Σd and Σd² of a strip's neurons. */
const ROW = 2 * STRIP;

/**
 * Σd and Σd² that wait to be added exactly to those of their labels. The exact sums of a layer are larger than a cache,
 * and each addition to a lone one waits for the memory; many are added strip by strip, one label after the other.
 *
 * An exact addition costs as much as some dozens of ordinary ones, so the batches of a lot are added up in float64: in
 * a row for each half of a label, which later batches of the lot go on with. Which batches a lot has is a matter of the
 * block alone (run/batches.ts), or sums would depend on who computed what.
 */
export class SpanSumLog {
  private readonly neurons: number;
  /** Σd of a strip's neurons, then their Σd²; a strip's rows lie together, from (its first neuron) · 2 · capacity. */
  private sums: Float64Array;
  /** By the half of a label, the rows that are added to it. */
  private readonly rows = new Map<SpanHalf, number[]>();
  /** Those of the lot under way. */
  private readonly lot = new Map<SpanHalf, number>();
  /** Most rows that a lot had. */
  private largest = 0;
  /** Takes one entry of all rows. */
  private batch: ExactBatch;
  private capacity: number;
  private used = 0;
  /** Rows that hold sums; those behind it are new, and hold anything. */
  private filled = 0;
  private touched = 0;

  /** @param neurons of the layer @param least rows that there is room for, once one is asked for */
  constructor(neurons: number, least = LOG_ROWS) {
    this.neurons = neurons;
    this.capacity = least;
    this.batch = new ExactBatch(least);
    this.sums = new Float64Array(0);
  }

  /** A row for each of these, that of the lot under way where there is one. */
  begin(halves: readonly SpanHalf[]): Int32Array<ArrayBuffer> {
    if (this.lot.size === 0 && this.used + this.largest > this.capacity) this.spill();
    this.filled = this.used;
    const rows = Int32Array.from(halves, (half) => this.rowOf(half));
    this.largest = Math.max(this.largest, this.lot.size);
    this.reserve();
    return rows;
  }

  /** @param tallies as of SpanLoops: place p is set to row rows[p] */
  load(rows: Int32Array, strip: Strip, tallies: Float64Array): void {
    for (let place = 0; place < rows.length; place++) {
      const at = place * ROW;
      const row = rows[place]!;
      if (row < this.filled) tallies.set(this.rowAt(row, strip), at);
      else tallies.fill(0, at, at + ROW);
    }
  }

  /** The other way. */
  store(rows: Int32Array, strip: Strip, tallies: Float64Array): void {
    for (let place = 0; place < rows.length; place++)
      this.rowAt(rows[place]!, strip).set(tallies.subarray(place * ROW, (place + 1) * ROW));
  }

  /** Ends the lot under way. */
  endLot(): void {
    this.lot.clear();
  }

  /** Adds all rows, and ends the lot. */
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
    this.endLot();
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
    for (let r = 0; r < rows.length; r++) batch.values[r] = sums[at + rows[r]! * ROW]!;
    batch.addTo(number, digit, digits, unit, rows.length);
  }

  private rowOf(half: SpanHalf): number {
    const known = this.lot.get(half);
    if (known !== undefined) return known;
    pushTo(this.rows, half, this.used);
    this.lot.set(half, this.used);
    return this.used++;
  }

  private rowAt(row: number, { from }: Strip): Float64Array {
    const at = from * 2 * this.capacity + row * ROW;
    return this.sums.subarray(at, at + ROW);
  }

  /** Makes room for the rows that are used; within a lot nothing can be spilled. */
  private reserve(): void {
    if (this.used <= this.capacity && this.sums.length > 0) return;
    const { sums, capacity } = this;
    this.capacity = Math.max(sums.length === 0 ? capacity : 2 * capacity, this.used);
    this.batch = new ExactBatch(this.capacity);
    this.sums = new Float64Array(this.capacity * Math.ceil(this.neurons / STRIP) * ROW);
    for (let from = 0; from < sums.length; from += capacity * ROW)
      this.sums.set(sums.subarray(from, from + this.filled * ROW), (from / capacity) * this.capacity);
  }
}
