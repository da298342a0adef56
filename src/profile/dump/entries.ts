import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Exit, UserError } from '../../core/errors.js';
import { readTrouble } from '../disk-trouble.js';
import type { SpooledBytes } from '../spooled-bytes.js';
import { EntryView, headWords } from './entry.js';

/** Entries after which other things get their turn: a signal that stops the run, for one. */
const AT_A_TIME = 4096;
/** What is held of an entry: source, place there, file, record, window. */
const HELD = 5;

/**
 * The entries that workers left, in the order of the corpus: where they lie is held, some 50 bytes each, what they are
 * is not.
 */
export class DumpEntries {
  readonly hits: Float64Array;
  /** The largest activation of each part; 0 where it has none. */
  readonly largest: Float64Array;
  private readonly sources: readonly SpooledBytes[];
  private readonly files: number[] = [];
  private readonly view = new EntryView();
  private readonly head: number;
  private held = new Float64Array(HELD << 10);
  private order = new Uint32Array(0);
  private count = 0;

  private constructor(sources: readonly SpooledBytes[], parts: number) {
    this.sources = sources;
    this.head = headWords(parts);
    this.hits = new Float64Array(parts);
    this.largest = new Float64Array(parts);
  }

  /**
   * Reads the heads of all entries. `close` it in the end.
   * @throws UserError (74) where a source cannot be read, 65 where it is cut short
   */
  static async open(
    sources: readonly SpooledBytes[],
    parts: number,
    signal?: AbortSignal,
  ): Promise<DumpEntries> {
    const entries = new DumpEntries(sources, parts);
    try {
      for (const source of sources.keys()) await entries.index(source, signal);
      entries.sort();
      return entries;
    } catch (error) {
      entries.close();
      throw error;
    }
  }

  get windows(): number {
    return this.count;
  }

  /** Each entry whole, in the order of the corpus: the same view every time. */
  async *inOrder(signal?: AbortSignal): AsyncGenerator<EntryView> {
    const { view, held } = this;
    for (const [i, entry] of this.order.entries()) {
      if (i % AT_A_TIME === 0) await breathe(signal);
      const [source, at] = [held[HELD * entry]!, held[HELD * entry + 1]!];
      this.read(source, at, 0, this.head);
      this.read(source, at, this.head, view.length);
      yield view;
    }
  }

  close(): void {
    for (const file of this.files) closeSync(file);
  }

  private async index(source: number, signal: AbortSignal | undefined): Promise<void> {
    const { view, hits, largest } = this;
    const { path, bytes } = this.sources[source]!;
    this.files.push(reading(path, () => openSync(path, 'r')));
    for (let at = 0; at < bytes; at += 4 * view.length) {
      if (this.count % AT_A_TIME === 0) await breathe(signal);
      this.read(source, at, 0, this.head);
      if (view.length < this.head) throw cutShort(path);
      this.hold(source, at);
      for (const part of hits.keys()) {
        hits[part]! += view.hits(part);
        largest[part] = Math.max(largest[part]!, view.largest(part));
      }
    }
  }

  private hold(source: number, at: number): void {
    if (HELD * (this.count + 1) > this.held.length) {
      const grown = new Float64Array(2 * this.held.length);
      grown.set(this.held);
      this.held = grown;
    }
    const { file, record, window } = this.view;
    this.held.set([source, at, file, record, window], HELD * this.count++);
  }

  private sort(): void {
    const { held } = this;
    const FILE = 2;
    this.order = Uint32Array.from({ length: this.count }, (_, i) => i).sort((a, b) => {
      for (let field = FILE; field < HELD; field++) {
        const difference = held[HELD * a + field]! - held[HELD * b + field]!;
        if (difference !== 0) return difference;
      }
      return 0;
    });
  }

  /** Reads words [from, to) of the entry at a byte of a source into the view. */
  private read(source: number, at: number, from: number, to: number): void {
    const { words } = this.view;
    const { path } = this.sources[source]!;
    words.length = from;
    words.reserve(to - from);
    const bytes = new Uint8Array(words.words.buffer, 4 * from, 4 * (to - from));
    for (let done = 0; done < bytes.length;) {
      const read = reading(path, () =>
        readSync(this.files[source]!, bytes, done, bytes.length - done, at + 4 * from + done),
      );
      if (read === 0) throw cutShort(path);
      done += read;
    }
    words.length = to;
  }
}

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

function reading<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw readTrouble(error, path);
  }
}

function cutShort(where: string): UserError {
  return new UserError({
    what: 'the activations to be dumped are cut short or damaged',
    where,
    todo: 'start the run over with --force',
    exit: Exit.DATA,
  });
}
