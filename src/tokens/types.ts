import type { CorpusRecord } from '../corpus/types.js';

/** Character spans of a document's ids in Unicode code points of its text; entry i belongs to id i. */
export interface Spans {
  /** First code point of the token; inclusive. */
  start: Int32Array;
  /** One past the last code point; equal to `start` where another token owns the shared code point. */
  end: Int32Array;
}

/** A record as the model's tokenizer sees it. */
export interface Document {
  source: CorpusRecord;
  /** All ids without special tokens set by the post-processor; for a record with ids, as it stands. */
  ids: Int32Array;
  /** Spans of `ids`, computed at the first call and kept; null where they cannot be derived. */
  spans(): Spans | null;
}

/** A run of ids that goes through the model as one sequence. */
export interface Window {
  document: Document;
  /** Number of the window in its document, from 0. */
  window: number;
  /** The sequence as fed: special tokens included, padding not. */
  ids: Int32Array;
  /** What the encoder is fed, where `ids` goes through the decoder of an encoder–decoder model. */
  source?: Int32Array;
  /** Attention mask of the sequence as the record gave it; null where all are 1. */
  attentionMask: Uint8Array | null;
  /** 1 where statistics count the position (design §2, counted token). */
  counted: Uint8Array;
  /** `token_index` of each position: place in the document's ids without special tokens; −1 for those. */
  tokenIndex: Int32Array;
  /** The document's id before the first of its ids in this window; −1 in its first window. */
  before: number;
}
