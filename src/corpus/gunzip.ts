import { createGunzip, type Gunzip } from 'node:zlib';
import { notGzip } from './file-kind.js';

/** Bytes that come out at once, as many as of a plain file. */
const CHUNK = 256 * 1024;

/**
 * Uncompresses gzip: any number of members one after another, and zeros at the
 * end (padding, which `gzip -t` accepts too). Takes a chunk of the source only when
 * all that the last one held is out, so one that stops early leaves no read pending.
 * @throws UserError 65 where it is cut short or damaged, or something else follows it
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array, void> {
  const inflater = createGunzip({ chunkSize: CHUNK });
  const outputs = new Outputs(inflater);
  /** Bytes taken of the source, and how many of them there are up to the last that is not 0. */
  let taken = 0;
  let used = 0;
  try {
    for await (const chunk of source) {
      used = lastNonZero(chunk) === -1 ? used : taken + lastNonZero(chunk) + 1;
      taken += chunk.length;
      if (!outputs.ended) yield* outputs.until(write(inflater, chunk));
    }
    if (!outputs.ended) inflater.end();
    yield* outputs.rest();
  } catch (error) {
    throw isZlibError(error) ? notGzip(path, inWords(error), error) : error;
  } finally {
    inflater.destroy();
  }
  // zlib stops at a 0 after a member and says nothing of what comes after it.
  if (used > inflater.bytesWritten) throw notGzip(path, 'something else follows its end');
}

/** What comes out of a stream, in step with what is written into it. */
class Outputs {
  ended = false;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private next: Promise<IteratorResult<Uint8Array>>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.iterator = stream[Symbol.asyncIterator]();
    this.next = this.ask();
  }

  /** What comes out before `written`, or before the stream ends. */
  async *until(written: Promise<null>): AsyncGenerator<Uint8Array> {
    while (!this.ended) {
      const next = await Promise.race([this.next, written]);
      if (next === null) return;
      yield* this.take(next);
    }
  }

  /** What comes out before the stream ends. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (!this.ended) yield* this.take(await this.next);
  }

  private *take(next: IteratorResult<Uint8Array>): Generator<Uint8Array> {
    this.ended = next.done === true;
    if (next.done === true) return;
    this.next = this.ask();
    yield next.value;
  }

  private ask(): Promise<IteratorResult<Uint8Array>> {
    const next = this.iterator.next();
    next.catch(() => {}); // it may fail while the source is waited for; whoever asks next is told
    return next;
  }
}

/** Resolves when the chunk is uncompressed, or could not be: then reading the stream says why. */
function write(inflater: Gunzip, chunk: Uint8Array): Promise<null> {
  return new Promise((resolve) => inflater.write(chunk, () => resolve(null)));
}

/** Place of the last byte that is not 0; -1 where all are. */
function lastNonZero(chunk: Uint8Array): number {
  let i = chunk.length - 1;
  while (i >= 0 && chunk[i] === 0) i--;
  return i;
}

function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/** @returns a clause */
function inWords({ code, message }: Error & { code: string }): string {
  if (code === 'Z_BUF_ERROR') return 'it is cut short';
  // The first header was looked at before: this is the one that should begin another member.
  if (message === 'incorrect header check') return 'something else follows its end';
  return `it is damaged (${message})`;
}
