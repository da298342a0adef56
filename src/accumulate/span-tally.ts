import { halfOf } from './document-half.js';
import { plainSpanLoops } from './plain-span-loops.js';
import type { SpanLog } from './span-log.js';
import { STRIP, type SpanLoops, type Strip } from './span-loops.js';
import { spanSetOf, type SpanHalf, type Spans } from './span-state.js';
import type { SpanSumLog } from './span-sum-log.js';
import type { SpannedDocument } from './types.js';

/** With what labels of spans are added. */
export interface SpanMeans {
  /** Where rows of bins wait to be counted. */
  log: SpanLog;
  /** Where sums of lots wait to be added. */
  sums: SpanSumLog;
  /** Where differences of documents of several windows do, each a lot of its own: which comes last is not of their block. */
  singles: SpanSumLog;
  /** Those of a kernel; null: the plain ones. */
  loops: SpanLoops | null;
}

/** A label of which a document has a difference. */
export interface Entry {
  label: number;
  /** Its place in the tallies. */
  place: number;
  /** Its row of the log. */
  logged: number;
}

/** A neuron of a strip that was NaN or infinite somewhere, and by label how many tokens less than others it has. */
export interface Lacking {
  j: number;
  less: Int32Array;
}

/** Differences on their way into a state: Σd and Σd² of a lot by label and half, and rows of the logs. */
export class SpanTally {
  private readonly into: Spans;
  private readonly means: SpanMeans;
  private readonly sums: SpanSumLog;
  private readonly places = new Map<SpanHalf, number>();
  /** By place, rows of the sums' log. */
  private rows = new Int32Array(0);

  /** @param sums where those of the lot wait */
  constructor(into: Spans, means: SpanMeans, sums: SpanSumLog) {
    this.into = into;
    this.means = means;
    this.sums = sums;
  }

  /** Takes its rows of the sums' log. @returns loops with room for all that is tallied, a kernel's if it can be */
  begin(): SpanLoops {
    const { places } = this;
    const { loops } = this.means;
    this.rows = this.sums.begin([...places.keys()]);
    return loops !== null && places.size <= loops.places
      ? loops
      : plainSpanLoops(this.into.settings.sketchRange, places.size);
  }

  /** The labels of which a document has a difference; to be asked for before `begin`. */
  entriesOf(document: SpannedDocument, counts: Int32Array): Entry[] {
    const number = halfOf(this.into.settings.seed, document);
    return document.labels.flatMap(({ field, label }, i) => {
      if (counts[i] === 0 || counts[i] === counts.at(-1)) return [];
      const half = spanSetOf(this.into, field, label).halves[number];
      const place = this.places.get(half) ?? this.places.size;
      this.places.set(half, place);
      return [{ label: i, place, logged: this.means.log.row([half.bins]) }];
    });
  }

  /**
   * Adds the difference of what `loops` hold.
   * @param counts tokens inside each label's spans, then all
   * @param lacking neurons that have less
   */
  add(
    { label, place, logged }: Entry,
    { counts, lacking }: { counts: Int32Array; lacking: readonly Lacking[] },
    loops: SpanLoops,
    strip: Strip,
  ): void {
    const all = counts[counts.length - 1]!;
    const inside = counts[label]!;
    loops.differ(inside, all - inside, strip);
    for (const { j, less } of lacking) {
      const n = inside - less[label]!;
      const others = all - less.at(-1)! - n;
      const sum = loops.inside[j]!;
      loops.differences[j] = n === 0 || others === 0 ? NaN : sum / n - (loops.all[j]! - sum) / others;
    }
    loops.tally(place, strip);
    this.means.log.set(logged, strip.from, strip.width, loops.binWords);
  }

  /** Sets a strip's sums to those of the lot so far. */
  load({ tallies }: SpanLoops, strip: Strip): void {
    this.sums.load(this.rows, strip, tallies);
  }

  /** Hands them back to the log. */
  store({ tallies }: SpanLoops, strip: Strip): void {
    this.sums.store(this.rows, strip, tallies);
  }
}

/** All neurons of a layer. */
export function stripsOf(neurons: number): Strip[] {
  return Array.from({ length: Math.ceil(neurons / STRIP) }, (_, i) => ({
    from: i * STRIP,
    width: Math.min(STRIP, neurons - i * STRIP),
  }));
}
