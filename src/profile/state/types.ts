import type { Manifest } from '../types.js';
import type { Runs } from './coverage.js';

/** What must agree between states that are one profile's: all that its data hang on, but for which blocks are covered. */
export interface RunIdentity extends Pick<
  Manifest,
  'command' | 'processor' | 'model' | 'tokenizer' | 'settings'
> {
  /** Files of the corpus as given; `size` in bytes on disk when the run began, null for a stream. */
  corpus: { path: string; size: number | null }[];
}

/** What is known of a file of the corpus once it has been read to its end, or to `--limit`. */
export interface KnownFile {
  /** Uncompressed. */
  bytes: number;
  sha256: string;
  records: number;
  /** Blocks that hold a record. */
  blocks: number;
}

/** Of a file beside a checkpoint, how many of its first bytes count. */
export interface SpoolMark {
  name: string;
  bytes: number;
  /** Of these bytes. */
  sha256: string;
}

/** A state beside its layers. Plain JSON; equal states have equal headers. */
export interface StateHeader extends RunIdentity {
  format: 'neuroprobe-state';
  covered: {
    /** Blocks of each file. */
    blocks: Runs[];
    /** Sum of the blocks' digests modulo 2^256, in hex: tells whether a corpus still holds what was read. */
    digest: string;
    documents: number;
    /** With `skip_until`: documents of them without that text; absent: none. */
    headless?: number;
    windows: number;
    counted_tokens: number;
    /** With `dump`: activations above its threshold; absent: none. */
    dumped?: number;
    rejects: Record<string, number>;
    /** Sum of the digests of the rejected lines (rejects.ts), which lie in a file beside the state. */
    rejects_digest: string;
  };
  /**
   * In a checkpoint: where rejected lines, values of documents and what is dumped lie that it counts, beside it, and how
   * many bytes of each count.
   */
  spools?: SpoolMark[];
  /** One a file of the corpus; null where it was not read to its end. */
  files: (KnownFile | null)[];
}
