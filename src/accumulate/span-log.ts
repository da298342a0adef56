import type { SketchRange } from './bin-of.js';
import { conceptBinCount } from './concept-bins.js';
import { countBins } from './count-bins.js';
import { countByteBins } from './count-byte-bins.js';
import { touch } from './touch.js';
import { widenFor, type LabelBins, type LabelCounts } from './label-bins.js';
import { loggedBins, loggedBytes, noneOf, type LoggedBins } from './logged-bins.js';
import { pushTo } from '../core/push-to.js';

/** Neurons that are counted together: of one histogram 18 KiB, which stay in the first cache. Whole words of bins. */
const TILE = 32;
/** Rows that are held before they are counted. */
const LOG_ROWS = 4096;

/** Bytes that a log takes for each neuron. */
export function logBytes(range: SketchRange): number {
  return LOG_ROWS * loggedBytes(range);
}

/**
 * Rows of bins, a value each neuron, that wait to be counted in histograms. A histogram of a layer is larger than a cache,
 * and each count of a lone row waits for the memory; many rows are counted tile by tile, one histogram after the other.
 */
export class SpanLog {
  private readonly neurons: number;
  private readonly range: SketchRange;
  /** Words of a tile's row. */
  private readonly tileWords: number;
  /**
   * A tile's rows lie together, from (its first neuron) · capacity: rows that lie a layer’s width apart, which is some
   * power of two times a small number, would push each other out of the cache.
   */
  private bins: LoggedBins;
  /** The same, a word at a time. */
  private words: Uint32Array;
  /** By histogram, the rows that count in it. */
  private readonly rows = new Map<LabelBins, number[]>();
  private capacity = 0;
  private readonly least: number;
  private used = 0;
  private touched = 0;

  /** @param neurons of the layer @param least rows that there is room for, once one is asked for */
  constructor(neurons: number, range: SketchRange, least = LOG_ROWS) {
    this.neurons = neurons;
    this.range = range;
    this.least = least;
    this.tileWords = (TILE * loggedBytes(range)) / 4;
    this.bins = loggedBins(range, 0);
    this.words = new Uint32Array(this.bins.buffer);
  }

  /** Makes room for so many rows. */
  reserve(rows: number): void {
    if (this.used + rows <= this.capacity) return;
    this.spill();
    if (rows <= this.capacity) return;
    this.capacity = Math.max(this.least, rows);
    this.bins = loggedBins(this.range, this.capacity * Math.ceil(this.neurons / TILE) * TILE);
    this.words = new Uint32Array(this.bins.buffer);
  }

  /** A row of the room that was made. @param targets histograms that it counts in */
  row(targets: readonly LabelBins[]): number {
    for (const target of targets) {
      pushTo(this.rows, target, this.used);
    }
    return this.used++;
  }

  /** Sets the bins of the neurons [from, from + width) of a row. @param words their bins as they lie in memory; `from` begins a tile */
  set(row: number, from: number, width: number, words: Uint32Array): void {
    const { tileWords } = this;
    const into = this.words;
    for (let tile = 0; tile * TILE < width; tile++) {
      const at = ((from / TILE + tile) * this.capacity + row) * tileWords;
      for (let w = 0; w < tileWords; w++) into[at + w] = words[tile * tileWords + w]!;
    }
  }

  /** Counts all rows. */
  spill(): void {
    const { neurons } = this;
    const perNeuron = conceptBinCount(this.range);
    const targets = [...this.rows].map(([bins, rows]) => ({ counts: widenFor(bins, rows.length), rows }));
    for (let from = 0; from < neurons; from += TILE) {
      const width = Math.min(TILE, neurons - from);
      for (const { counts, rows } of targets) {
        this.touched ^= touch(counts, from * perNeuron, (from + width) * perNeuron);
        this.count(counts, rows, from, width);
      }
    }
    this.rows.clear();
    this.used = 0;
  }

  /** Counts rows of a tile in one histogram. */
  private count(counts: LabelCounts, rows: readonly number[], from: number, width: number): void {
    const { bins, words, tileWords, range } = this;
    const perNeuron = conceptBinCount(range);
    const first = from * perNeuron;
    const tile = (from / TILE) * this.capacity;
    if (width === TILE && loggedBytes(range) === 1) {
      for (let r = 0; r < rows.length; r++) {
        const at = (tile + rows[r]!) * tileWords;
        countByteBins(counts, first, perNeuron, words, at, at + tileWords);
      }
      return;
    }
    const none = noneOf(range);
    for (const row of rows)
      countBins(counts, { first, perNeuron }, bins, { at: (tile + row) * TILE, width, none });
  }
}
