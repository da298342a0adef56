import { findHits, HIT_WORDS, type WindowActivations } from './find-hits.js';
import { GrowingWords } from './growing-words.js';
import type { DumpPart } from './parts.js';

/*
 * What a dump keeps of a window, in 32-bit words, little-endian:
 *
 * | words    |                                                                                      |
 * |----------|--------------------------------------------------------------------------------------|
 * | 1        | words of the entry, this one too                                                     |
 * | 1        | file                                                                                 |
 * | 2        | record in the file, low and high                                                     |
 * | 1        | window in the document                                                               |
 * | 1        | ids                                                                                  |
 * | 2 a part | hits, and the largest of their activations as float32 (0: none)                      |
 * | 1 an id  | the sequence as fed                                                                  |
 * | 3 a hit  | part by part, then by position and neuron: position, neuron less the part's first,   |
 * |          | activation as float32                                                                |
 */
const FIXED = 6;
const OF_PART = 2;
const WORD = 2 ** 32;

/** A window to be dumped. */
export interface DumpedWindow {
  file: number;
  record: number;
  window: number;
  ids: Int32Array;
}

/** Words of an entry before its ids. */
export function headWords(parts: number): number {
  return FIXED + OF_PART * parts;
}

/** Makes entries, one at a time. */
export class EntryWriter {
  private readonly columns: { site: number; from: number; to: number; names: Uint32Array }[];
  private readonly threshold: number;
  private readonly entry = new GrowingWords();

  /**
   * @param neurons kept of each layer, ascending
   * @param threshold above which an activation is a hit
   */
  constructor(parts: readonly DumpPart[], neurons: readonly Int32Array[], threshold: number) {
    this.columns = parts.map(({ site, from, to, first }) => ({
      ...{ site, from, to },
      names: Uint32Array.from(neurons[site]!.subarray(from, to), (neuron) => neuron - first),
    }));
    this.threshold = threshold;
  }

  /**
   * @param of activations of each layer
   * @returns the entry, in memory that the next one takes, and its hits
   */
  write(
    { file, record, window, ids }: DumpedWindow,
    of: readonly WindowActivations[],
  ): { bytes: Uint8Array; hits: number } {
    const { entry, columns, threshold } = this;
    const head = headWords(columns.length);
    entry.length = 0;
    entry.reserve(head + ids.length);
    entry.words.set([0, file, record % WORD, Math.floor(record / WORD), window, ids.length]);
    entry.words.set(ids, head);
    entry.length = head + ids.length;
    let all = 0;
    for (const [part, which] of columns.entries()) {
      const begin = entry.length;
      const hits = findHits(of[which.site]!, which, threshold, entry);
      entry.words[FIXED + OF_PART * part] = hits;
      entry.floats[FIXED + OF_PART * part + 1] = largest(entry.floats, begin, entry.length);
      all += hits;
    }
    entry.words[0] = entry.length;
    return { bytes: entry.written(), hits: all };
  }
}

function largest(floats: Float32Array, begin: number, end: number): number {
  let most = 0;
  for (let at = begin + HIT_WORDS - 1; at < end; at += HIT_WORDS) most = Math.max(most, floats[at]!);
  return most;
}

/** What stands in an entry, or in the head of one. */
export class EntryView {
  /** Where the words are read to. */
  readonly words = new GrowingWords();

  get length(): number {
    return this.words.words[0]!;
  }

  get file(): number {
    return this.words.words[1]!;
  }

  get record(): number {
    return this.words.words[2]! + this.words.words[3]! * WORD;
  }

  get window(): number {
    return this.words.words[4]!;
  }

  get ids(): number {
    return this.words.words[5]!;
  }

  hits(part: number): number {
    return this.words.words[FIXED + OF_PART * part]!;
  }

  largest(part: number): number {
    return this.words.floats[FIXED + OF_PART * part + 1]!;
  }
}
