import { takeFinished } from '../accumulate/concepts.js';
import { documentHash } from '../accumulate/document-hash.js';
import type { LayerState } from '../accumulate/layer-state.js';
import { entryPieces } from '../profile/document-sample.js';
import type { Window } from '../tokens/types.js';
import type { BlockBatches } from './block-batches.js';
import { barOf } from './sample-bar.js';

/** Chooses the documents that may be of the sample, and gathers their values over the layers. */
export class DocumentSampler {
  private readonly seed: number;
  private readonly bar: SharedArrayBuffer;

  /** @param seed of the run */
  constructor(seed: number, bar: SharedArrayBuffer) {
    this.seed = seed;
    this.bar = bar;
  }

  /**
   * Marks the documents of a batch that have a label field, a counted token, and a hash that the bar lets pass.
   * @param labelled those of its block
   * @returns the upper halves of their hashes, of those that were not marked before
   */
  choose(windows: readonly Window[], labelled: BlockBatches['labelled']): number[] {
    const bar = barOf(this.bar);
    const hash = new Uint32Array(2);
    const chosen: number[] = [];
    for (const { document, counted } of windows) {
      const known = labelled.get(document)!;
      if (known.isSampled === true || !counted.includes(1) || known.labels.every((of) => of === null))
        continue;
      documentHash(this.seed, known, hash);
      if (hash[1]! > bar) continue;
      known.isSampled = true;
      chosen.push(hash[1]!);
    }
    return chosen;
  }

  /** Documents whose last window came in the batch that was added to the layers last, as entries in pieces. */
  *finished(layers: readonly LayerState[]): Iterable<Uint8Array> {
    // Every layer sees the same windows in the same order.
    const [first, ...others] = layers.map(({ concepts }) => takeFinished(concepts!));
    for (const [i, { document, values }] of first!.entries())
      yield* entryPieces(document, [values, ...others.map((ofLayer) => ofLayer[i]!.values)]);
  }
}
