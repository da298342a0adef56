import type { SpannedDocument } from './types.js';

/** Sums of a document's activations, or of some of its windows', by label. */
export interface SpanSums {
  /** Σ of the finite activations of neuron j inside label i's spans at i · neurons + j; of all tokens behind the last label. */
  sums: Float64Array;
  /** Counted tokens inside each label's spans, then all of them: the same for every neuron. */
  counts: Int32Array;
  /** Of neurons that were NaN or infinite somewhere: how many tokens less than `counts` they have. */
  lacking: Map<number, Int32Array>;
}

export interface PendingSpans {
  document: SpannedDocument;
  /** Windows that are added up: those below this number. */
  taken: number;
  /** null: none. */
  sums: SpanSums | null;
  /** By number, windows that came before their turn. Float64 sums hang on their order, so they wait for it. */
  waiting: Map<number, SpanSums>;
}

/** Adds a window, now or when those before it have come. @param sums kept as they are */
export function takeWindow(held: PendingSpans, window: number, sums: SpanSums): void {
  held.waiting.set(window, sums);
  takeWaiting(held);
}

/** Takes over the sums of the first `taken` windows, none of which this has. @param sums kept as they are */
export function addSums(held: PendingSpans, taken: number, sums: SpanSums): void {
  held.taken = taken;
  held.sums = copyOf(sums);
  takeWaiting(held);
}

function takeWaiting(held: PendingSpans): void {
  for (let next = held.waiting.get(held.taken); next !== undefined; next = held.waiting.get(held.taken)) {
    held.waiting.delete(held.taken++);
    if (held.sums === null) held.sums = copyOf(next);
    else addTo(held.sums, next);
  }
}

function copyOf({ sums, counts, lacking }: SpanSums): SpanSums {
  const copies = [...lacking].map(([neuron, less]) => [neuron, less.slice()] as const);
  return { sums: sums.slice(), counts: counts.slice(), lacking: new Map(copies) };
}

function addTo(into: SpanSums, from: SpanSums): void {
  for (let i = 0; i < into.sums.length; i++) into.sums[i]! += from.sums[i]!;
  for (let i = 0; i < into.counts.length; i++) into.counts[i]! += from.counts[i]!;
  for (const [neuron, less] of from.lacking) {
    const held = into.lacking.get(neuron);
    if (held === undefined) into.lacking.set(neuron, less.slice());
    else less.forEach((count, i) => (held[i]! += count));
  }
}
