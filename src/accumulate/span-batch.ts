import type { Batch } from './accumulator.js';
import { halfOf } from './document-half.js';
import { TILE, type SpanLog } from './span-log.js';
import { SPAN_DIGITS, SPAN_SUMS, spanFieldOf, spanSetOf, type SpanHalf, type Spans } from './span-state.js';
import type { SpanSums } from './span-sums.js';
import { addExact } from './superaccumulator.js';
import type { SpannedDocument, WindowSpans } from './types.js';

/** What a batch holds of a window. Of a document of one window `sums.sums` is empty: its differences are added already. */
export interface AddedWindow {
  window: number;
  document: SpannedDocument;
  sums: SpanSums;
}

/**
 * Adds the differences of the documents of one window, and the sampled tokens of all.
 *
 * A label of a window is the sum of the tokens inside, in the order of their positions, and all tokens likewise. The
 * differences of a batch are added up in the order of its windows, and exactly to those of other batches.
 * @param log where rows of bins wait to be counted
 * @returns an entry a window
 */
export function addBatch(
  into: Spans,
  { activations, neurons, length, runs, places }: Batch,
  log: SpanLog,
): AddedWindow[] {
  const windows = places.map(({ window, spans }, w) => {
    if (spans === undefined) throw new Error('a window came without the spans of its document');
    return new WindowWork(spans, window, { base: w * length, neurons });
  });
  for (let r = 0; r < runs.length; r += 3) windows[runs[r]!]!.count(runs[r + 1]!, runs[r + 2]!);
  log.reserve(windows.reduce((sum, { logRows }) => sum + logRows, 0));
  const tally = new Tally(into, log);
  for (const window of windows) window.prepare(into, tally);
  for (let from = 0; from < neurons; from += TILE) {
    const width = Math.min(TILE, neurons - from);
    for (const window of windows) window.add(activations, from, width, tally);
    tally.flush(from, width);
  }
  return windows.map(({ window, spans: { document }, sums }) => ({ window, document, sums }));
}

/** Adds the differences of a document whose windows are added up. */
export function addDifferences(into: Spans, document: SpannedDocument, sums: SpanSums, log: SpanLog): void {
  log.reserve(document.labels.length);
  const tally = new Tally(into, log);
  const entries = tally.entriesOf(document, sums.counts);
  for (let from = 0; from < into.neurons; from += TILE) {
    const width = Math.min(TILE, into.neurons - from);
    tally.add(entries, sums, { sums: sums.sums, stride: into.neurons, at: from }, from, width);
    tally.flush(from, width);
  }
}

class WindowWork {
  readonly window: number;
  readonly spans: WindowSpans;
  readonly sums: SpanSums;
  private readonly neurons: number;
  /** Row of its first position. */
  private readonly base: number;
  /** Where the rows of counted positions begin. */
  private readonly positions: number[] = [];
  /** Whether it is all of its document. */
  private readonly isWhole: boolean;
  /** By label, its counted positions as they are packed; all of them behind the last label. */
  private readonly rows: number[][];
  /** Counted positions of the sample, and as they are packed. */
  private readonly sampled: { position: number; row: number }[] = [];
  private readonly tile: Float64Array;
  private sampledRows: { row: number; log: number }[] = [];
  private entries: readonly Entry[] = [];

  constructor(spans: WindowSpans, window: number, { base, neurons }: { base: number; neurons: number }) {
    const labels = spans.document.labels.length + 1;
    this.window = window;
    this.spans = spans;
    this.base = base;
    this.neurons = neurons;
    this.isWhole = spans.document.windows === 1;
    this.rows = Array.from({ length: labels }, () => []);
    this.tile = new Float64Array(labels * TILE);
    this.sums = {
      sums: new Float64Array(this.isWhole ? 0 : labels * neurons),
      counts: new Int32Array(labels),
      lacking: new Map(),
    };
  }

  /** Rows of the log that it takes at most. */
  get logRows(): number {
    return this.sampled.length + (this.isWhole ? this.spans.document.labels.length : 0);
  }

  /** Counts the positions of a run. @param end exclusive */
  count(first: number, end: number): void {
    const { pattern, patterns, sampled } = this.spans;
    const sample = new Set(sampled);
    for (let position = first; position < end; position++) {
      const row = this.positions.length * TILE;
      this.positions.push((this.base + position) * this.neurons);
      for (const label of patterns[pattern[position]!]!) this.rows[label]!.push(row);
      this.rows.at(-1)!.push(row);
      if (sample.has(position)) this.sampled.push({ position, row });
    }
    this.sums.counts.set(this.rows.map((rows) => rows.length));
  }

  /** Takes its rows of the log. */
  prepare(into: Spans, tally: Tally): void {
    const { document, pattern, patterns } = this.spans;
    const half = halfOf(into.settings.seed, document);
    const all = document.fields.flatMap((known, field) =>
      known === 'known' ? [spanFieldOf(into, field).halves[half].tokens] : [],
    );
    const labels = document.labels.map(
      ({ field, label }) => spanSetOf(into, field, label).halves[half].tokens,
    );
    this.sampledRows = this.sampled.map(({ position, row }) => ({
      row,
      log: tally.log.row([...all, ...patterns[pattern[position]!]!.map((label) => labels[label]!)]),
    }));
    if (this.isWhole) this.entries = tally.entriesOf(document, this.sums.counts);
  }

  /** Adds the neurons [from, from + width). */
  add(activations: Float32Array, from: number, width: number, tally: Tally): void {
    const { rows, tile, sampledRows, neurons } = this;
    const packed = pack(activations, this.positions, from, width);
    for (let label = 0; label < rows.length; label++)
      sumRows(packed, rows[label]!, width, tile, label * TILE);
    const all = tile.length - TILE;
    for (let j = 0; j < width; j++) {
      // A sum of finite float32 is finite in float64.
      if (!Number.isFinite(tile[all + j])) this.sumFinite(packed, from, j);
    }
    for (const { row, log } of sampledRows) tally.log.set(log, from, width, packed, row);
    if (this.isWhole) {
      tally.add(this.entries, this.sums, { sums: tile, stride: TILE, at: 0 }, from, width);
      return;
    }
    // Other windows of the document are still to come.
    for (let label = 0; label < rows.length; label++)
      this.sums.sums.set(tile.subarray(label * TILE, label * TILE + width), label * neurons + from);
  }

  /** One neuron again, without what is not finite. */
  private sumFinite(packed: Float32Array, from: number, j: number): void {
    const less = Int32Array.from(this.rows, (rows, label) => {
      const values = rows.map((row) => packed[row + j]!).filter(Number.isFinite);
      this.tile[label * TILE + j] = values.reduce((sum, x) => sum + x, 0);
      return rows.length - values.length;
    });
    this.sums.lacking.set(from + j, less);
  }
}

let packed = new Float32Array(0);

/**
 * The neurons [from, from + width) of rows, a row from each multiple of TILE: rows as they come lie a layer's width apart,
 * and push each other out of the cache. The array is the same at each call.
 */
function pack(activations: Float32Array, rows: readonly number[], from: number, width: number): Float32Array {
  if (packed.length < rows.length * TILE) packed = new Float32Array(rows.length * TILE);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]! + from;
    const at = r * TILE;
    for (let j = 0; j < width; j++) packed[at + j] = activations[row + j]!;
  }
  return packed;
}

/**
 * Sums rows of a tile, each column in the order of the rows. Four columns at once: an addition waits for the one before it
 * in its own column alone.
 */
function sumRows(
  packed: Float32Array,
  rows: readonly number[],
  width: number,
  into: Float64Array,
  at: number,
): void {
  const count = rows.length;
  let j = 0;
  for (; j + 4 <= width; j += 4) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let r = 0; r < count; r++) {
      const row = rows[r]! + j;
      a += packed[row]!;
      b += packed[row + 1]!;
      c += packed[row + 2]!;
      d += packed[row + 3]!;
    }
    into[at + j] = a;
    into[at + j + 1] = b;
    into[at + j + 2] = c;
    into[at + j + 3] = d;
  }
  for (; j < width; j++) {
    let sum = 0;
    for (let r = 0; r < count; r++) sum += packed[rows[r]! + j]!;
    into[at + j] = sum;
  }
}

/** A label of which a document has a difference. */
interface Entry {
  label: number;
  half: SpanHalf;
  /** Its place in a tally. */
  at: number;
  /** Its row of the log. */
  log: number;
}

/** Where a tile's sums lie: those of label i from i · stride + at. */
interface TileSums {
  sums: Float64Array;
  stride: number;
  at: number;
}

/** Σd and Σd² of a batch by label and half, for one tile. */
class Tally {
  readonly log: SpanLog;
  private readonly into: Spans;
  private readonly places = new Map<SpanHalf, number>();
  private sums = new Float64Array(0);
  private readonly differences = new Float64Array(TILE);

  constructor(into: Spans, log: SpanLog) {
    this.into = into;
    this.log = log;
  }

  /** The labels of which a document has a difference; to be asked for before the first tile. */
  entriesOf(document: SpannedDocument, counts: Int32Array): Entry[] {
    const number = halfOf(this.into.settings.seed, document);
    const entries = document.labels.flatMap(({ field, label }, i) => {
      if (counts[i] === 0 || counts[i] === counts.at(-1)) return [];
      const half = spanSetOf(this.into, field, label).halves[number];
      const at = this.places.get(half) ?? this.places.size * 2 * TILE;
      this.places.set(half, at);
      return [{ label: i, half, at, log: this.log.row([half.bins]) }];
    });
    this.sums = new Float64Array(this.places.size * 2 * TILE);
    return entries;
  }

  add(
    entries: readonly Entry[],
    { counts, lacking }: SpanSums,
    { sums, stride, at }: TileSums,
    from: number,
    width: number,
  ): void {
    const { differences, log } = this;
    const all = counts[counts.length - 1]!;
    const allAt = (counts.length - 1) * stride + at;
    for (let e = 0; e < entries.length; e++) {
      const entry = entries[e]!;
      const inside = counts[entry.label]!;
      const outside = all - inside;
      const insideAt = entry.label * stride + at;
      for (let j = 0; j < width; j++) {
        const sum = sums[insideAt + j]!;
        differences[j] = sum / inside - (sums[allAt + j]! - sum) / outside;
      }
      for (const [neuron, less] of lacking) {
        const j = neuron - from;
        if (j < 0 || j >= width) continue;
        const n = inside - less[entry.label]!;
        const others = all - less.at(-1)! - n;
        const sum = sums[insideAt + j]!;
        // NaN stands for no difference, here and in the log.
        differences[j] = n === 0 || others === 0 ? NaN : sum / n - (sums[allAt + j]! - sum) / others;
      }
      this.takeSums(entry.at, width);
      for (let j = 0; j < width; j++) differences[j] = Math.max(-MOST, Math.min(MOST, differences[j]!));
      log.set(entry.log, from, width, differences, 0);
    }
  }

  private takeSums(at: number, width: number): void {
    const { differences, sums } = this;
    for (let j = 0; j < width; j++) {
      const d = differences[j]!;
      if (d !== d) continue;
      sums[at + j]! += d;
      sums[at + TILE + j]! += d * d;
    }
  }

  /** Adds the tile's sums to the state's, and empties them. */
  flush(from: number, width: number): void {
    const [sum, squares] = SPAN_SUMS;
    for (const [half, at] of this.places) {
      for (let j = 0; j < width; j++) {
        const digits = (from + j) * SPAN_DIGITS;
        addExact(half.sums, digits, sum.digits, sum.unit, this.sums[at + j]!);
        addExact(half.sums, digits + sum.digits, squares.digits, squares.unit, this.sums[at + TILE + j]!);
      }
    }
    this.sums.fill(0);
  }
}

/** The largest float32: the difference of two may be larger, and is finite all the same. */
const MOST = (2 - 2 ** -23) * 2 ** 127;
