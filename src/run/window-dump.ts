import type { Window } from '../tokens/types.js';
import { EntryWriter } from '../profile/dump/entry.js';
import { dumpParts } from '../profile/dump/parts.js';
import type { Spool } from './spool.js';

/** Spools what a worker's windows have above the threshold of `--dump`. */
export class WindowDump {
  private readonly writer: EntryWriter;
  private readonly widths: readonly number[];
  private readonly spool: Spool;

  /** @param neurons kept of each layer, ascending */
  constructor(neurons: readonly Int32Array[], above: number, spool: Spool) {
    this.writer = new EntryWriter(dumpParts(neurons), neurons, above);
    this.widths = neurons.map((kept) => kept.length);
    this.spool = spool;
  }

  /**
   * Takes a batch.
   * @param length positions of each window, padding included
   * @param layers activations of each layer, [rows × neurons kept], of which window w has the rows from w · length on
   * @returns how many are above
   * @throws UserError (74, 75) where they cannot be written
   */
  add(windows: readonly Window[], length: number, layers: readonly Float32Array[]): number {
    let all = 0;
    for (const [i, { document, window, ids, counted }] of windows.entries()) {
      const { file, record } = document.source;
      const firstRow = i * length;
      const of = layers.map((activations, layer) => {
        return { activations, width: this.widths[layer]!, firstRow, counted };
      });
      const { bytes, hits } = this.writer.write({ file, record, window, ids }, of);
      this.spool.append([bytes]);
      all += hits;
    }
    return all;
  }
}
