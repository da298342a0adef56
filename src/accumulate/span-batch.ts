import type { Batch } from './accumulator.js';
import { halfOf } from './document-half.js';
import type { SpanLog } from './span-log.js';
import type { SpanLoops, Strip } from './span-loops.js';
import { spanRows, type WindowRows } from './span-rows.js';
import { spanFieldOf, spanSetOf, type Spans } from './span-state.js';
import type { SpanSums } from './span-sums.js';
import { SpanTally, stripsOf, type Entry, type Lacking, type SpanMeans } from './span-tally.js';
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
 * differences of a lot of batches are added up in the order of their windows, and exactly to those of other lots.
 * @returns an entry a window
 */
export function addBatch(into: Spans, batch: Batch, means: SpanMeans): AddedWindow[] {
  const { log } = means;
  const windows = spanRows(batch).map((rows, w) => new WindowWork(batch, w, rows));
  log.reserve(windows.reduce((sum, { logRows }) => sum + logRows, 0));
  const tally = new SpanTally(into, means, means.sums);
  for (const window of windows) window.prepare(into, log, tally);
  const loops = tally.begin();
  for (const strip of stripsOf(batch.neurons)) {
    tally.load(loops, strip);
    for (const window of windows) window.add(strip, loops, log, tally);
    tally.store(loops, strip);
  }
  return windows.map(({ window, spans: { document }, sums }) => ({ window, document, sums }));
}

/** Adds the differences of a document whose windows are added up. */
export function addDifferences(
  into: Spans,
  document: SpannedDocument,
  { sums, counts, lacking }: SpanSums,
  means: SpanMeans,
): void {
  const { neurons } = into;
  means.log.reserve(document.labels.length);
  const tally = new SpanTally(into, means, means.singles);
  const entries = tally.entriesOf(document, counts);
  const loops = tally.begin();
  for (const strip of stripsOf(neurons)) {
    const { from, width } = strip;
    const of = (label: number) => sums.subarray(label * neurons + from, label * neurons + from + width);
    const ofStrip = [...lacking].map(([neuron, less]) => ({ j: neuron - from, less }));
    const lackingHere = ofStrip.filter(({ j }) => j >= 0 && j < width);
    loops.all.set(of(document.labels.length));
    tally.load(loops, strip);
    for (const entry of entries) {
      loops.inside.set(of(entry.label));
      tally.add(entry, { counts, lacking: lackingHere }, loops, strip);
    }
    tally.store(loops, strip);
  }
  means.singles.endLot();
}

/** A window of a batch: its way through a layer's strips. */
class WindowWork {
  readonly window: number;
  readonly spans: WindowSpans;
  readonly sums: SpanSums;
  private readonly batch: Batch;
  private readonly rows: WindowRows;
  /** Whether it is all of its document. */
  private readonly isWhole: boolean;
  private entries: readonly Entry[] = [];
  /** Rows of the batch that are sampled, and their rows of the log. */
  private sampled: readonly { row: number; logged: number }[] = [];

  constructor(batch: Batch, w: number, rows: WindowRows) {
    const { window, spans } = batch.places[w]!;
    this.window = window;
    this.spans = spans!;
    this.batch = batch;
    this.rows = rows;
    this.isWhole = this.spans.document.windows === 1;
    this.sums = {
      sums: new Float64Array(this.isWhole ? 0 : rows.tokens.length * batch.neurons),
      counts: rows.counts.slice(),
      lacking: new Map(),
    };
  }

  /** Rows of the log that it takes at most. */
  get logRows(): number {
    return this.rows.sampled.length + (this.isWhole ? this.spans.document.labels.length : 0);
  }

  /** Takes its rows of the log. */
  prepare(into: Spans, log: SpanLog, tally: SpanTally): void {
    const { document, pattern, patterns } = this.spans;
    const half = halfOf(into.settings.seed, document);
    const all = document.fields.flatMap((known, field) =>
      known === 'known' ? [spanFieldOf(into, field).halves[half].tokens] : [],
    );
    const labels = document.labels.map(
      ({ field, label }) => spanSetOf(into, field, label).halves[half].tokens,
    );
    this.sampled = this.rows.sampled.map(({ position, row }) => ({
      row,
      logged: log.row([...all, ...patterns[pattern[position]!]!.map((label) => labels[label]!)]),
    }));
    if (this.isWhole) this.entries = tally.entriesOf(document, this.sums.counts);
  }

  add(strip: Strip, loops: SpanLoops, log: SpanLog, tally: SpanTally): void {
    const { batch, rows, sums } = this;
    const { from, width } = strip;
    if (rows.rows.length === 0) return;
    for (const { row, logged } of this.sampled) {
      loops.bin(batch, row, strip);
      log.set(logged, from, width, loops.binWords);
    }
    if (this.isWhole && this.entries.length === 0) return;
    loops.load(batch, rows, strip);
    const lacking = this.sumAll(loops, strip);
    if (this.isWhole) {
      for (const entry of this.entries) {
        this.sumInside(entry.label, loops, strip, lacking);
        tally.add(entry, { counts: sums.counts, lacking }, loops, strip);
      }
      return;
    }
    // Other windows of the document are still to come.
    const keep = (label: number, values: Float64Array) =>
      sums.sums.set(values.subarray(0, width), label * batch.neurons + from);
    keep(rows.tokens.length - 1, loops.all);
    for (let label = 0; label < rows.tokens.length - 1; label++) {
      this.sumInside(label, loops, strip, lacking);
      keep(label, loops.inside);
    }
    for (const { j, less } of lacking) sums.lacking.set(from + j, less);
  }

  /** @returns the neurons that have not all tokens */
  private sumAll(loops: SpanLoops, strip: Strip): Lacking[] {
    const { tokens } = this.rows;
    loops.sum(tokens.at(-1)!, loops.all, strip);
    const lacking: Lacking[] = [];
    for (let j = 0; j < strip.width; j++) {
      // A sum of finite float32 is finite in float64.
      if (!Number.isFinite(loops.all[j])) lacking.push({ j, less: new Int32Array(tokens.length) });
    }
    this.mend(tokens.length - 1, loops.all, strip, lacking);
    return lacking;
  }

  private sumInside(label: number, loops: SpanLoops, strip: Strip, lacking: readonly Lacking[]): void {
    loops.sum(this.rows.tokens[label]!, loops.inside, strip);
    this.mend(label, loops.inside, strip, lacking);
  }

  /** Sums of single neurons again, without what is not finite. */
  private mend(label: number, sums: Float64Array, { from }: Strip, lacking: readonly Lacking[]): void {
    const { activations, neurons } = this.batch;
    const { rows, tokens } = this.rows;
    for (const { j, less } of lacking) {
      sums[j] = 0;
      less[label] = 0;
      for (const token of tokens[label]!) {
        const x = activations[rows[token]! * neurons + from + j]!;
        if (Number.isFinite(x)) sums[j] += x;
        else less[label]++;
      }
    }
  }
}
