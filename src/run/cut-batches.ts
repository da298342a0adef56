import type { Document } from '../tokens/types.js';
import type { Batch } from './block-batches.js';

/**
 * Where another worker may take over the batches [next, to) of a block that one is at: the cut nearest to their middle,
 * as the number of the first that is given away.
 * @param whole whether lots and documents must stay whole. A lot that is cut gives other sums; windows of a document
 *   would wait for those that another computes, and where there are labels, waiting ones take memory for each.
 * @returns null where there is none
 */
export function cutBatches(
  batches: readonly Batch[],
  { next, to }: { next: number; to: number },
  whole: boolean,
): number | null {
  const isCut = whole ? cutsOfWhole(batches) : () => true;
  const middle = Math.floor((next + to) / 2);
  const cuts = Array.from({ length: to - next }, (_, i) => next + i).filter(isCut);
  return cuts.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0] ?? null;
}

/** Tells of a batch whether one may cut before it. */
function cutsOfWhole(batches: readonly Batch[]): (batch: number) => boolean {
  const lasts = new Map<Document, number>();
  for (const [b, { windows }] of batches.entries())
    for (const { document } of windows) lasts.set(document, b);
  /** Up to which batch the documents go on that have windows in those before. */
  let reached = 0;
  const cuts = batches.map(({ windows }, b) => {
    const isCut = b > 0 && batches[b - 1]!.endsLot && reached < b;
    for (const { document } of windows) reached = Math.max(reached, lasts.get(document)!);
    return isCut;
  });
  return (batch) => cuts[batch]!;
}
