import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readBlocks } from '../../src/corpus/read-blocks.js';
import type { CorpusFile } from '../../src/corpus/types.js';
import { DEFAULTS, readAll, scratch, troubleOf } from './support.js';

let folder: ReturnType<typeof scratch>;
beforeAll(() => (folder = scratch()));
afterAll(() => folder.remove());
afterEach(() => vi.restoreAllMocks());

const STDIN: CorpusFile = { path: '-', kind: 'stdin', size: null };

/** Puts bytes on standard input, in the chunks given. */
function pipeIn(chunks: Iterable<Uint8Array>): Readable {
  const stream = Readable.from(chunks, { objectMode: false });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stream as typeof process.stdin);
  return stream;
}

function bytewise(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

const CONTENT = Buffer.from('\ufeff{"text":"é"}\n\n{"text":"b"}');

describe('standard input', () => {
  test.each([
    ['plain', CONTENT],
    ['gzip', gzipSync(CONTENT)],
    [
      'gzip of members cut within the BOM',
      Buffer.concat([gzipSync(CONTENT.subarray(0, 1)), gzipSync(CONTENT.subarray(1))]),
    ],
  ])('is read whatever it is and however it comes (%s)', async (_kind, bytes) => {
    for (const chunks of [[bytes], bytewise(bytes)]) {
      pipeIn(chunks);
      let told = 0;
      const { blocks, facts } = await readAll([STDIN], { onRead: (count) => (told += count) });
      expect(Buffer.concat(blocks.map((block) => block.bytes))).toEqual(CONTENT);
      expect(facts).toMatchObject([{ path: '-', bytes: CONTENT.length, records: 2 }]);
      expect(told).toBe(bytes.length);
    }
  });

  test.each<[string, Buffer, string]>([
    ['zstd', Buffer.from('28b52ffd0011', 'hex'), 'the corpus is compressed with zstd, not JSONL'],
    [
      'gzip that is cut short',
      gzipSync(CONTENT).subarray(0, -1),
      'this is not a whole gzip file: it is cut short',
    ],
    ['nothing', Buffer.alloc(0), 'the corpus is empty: it holds no record'],
  ])('is refused if it is %s: 65', async (_kind, bytes, what) => {
    const stream = pipeIn([bytes]);
    expect(await troubleOf(() => readAll([STDIN]))).toMatchObject({
      what,
      where: 'standard input',
      exit: 65,
    });
    expect(stream.destroyed).toBe(true);
  });

  test('names itself where a line is too long: 65', async () => {
    pipeIn([Buffer.from('a\nbbbb\n')]);
    expect((await troubleOf(() => readAll([STDIN], { maxLineBytes: 3 }))).where).toBe('standard input:2:2');
  });

  test('that fails is a read error: 74', async () => {
    const stream = pipeIn([Buffer.from('a\n')]);
    stream.destroy(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
    const what = 'the corpus cannot be read: the disk reports an error';
    expect(await troubleOf(() => readAll([STDIN]))).toMatchObject({
      what,
      where: 'standard input',
      exit: 74,
    });
  });

  test.each([false, true])('is let go of when the limit is reached (gzip: %s)', async (gzip) => {
    const endless = function* () {
      for (;;) yield gzip ? gzipSync('{"text":"a"}\n') : Buffer.from('{"text":"a"}\n');
    };
    const stream = pipeIn(endless());
    expect((await readAll([STDIN], { limit: 5 })).facts).toMatchObject([{ records: 5, bytes: 65 }]);
    expect(stream.destroyed).toBe(true);
  });

  test.each([false, true])('is let go of when the reader stops early (gzip: %s)', async (gzip) => {
    const endless = function* () {
      for (;;) yield gzip ? gzipSync('{"text":"a"}\n') : Buffer.from('{"text":"a"}\n');
    };
    const stream = pipeIn(endless());
    const source = readBlocks([STDIN], DEFAULTS);
    await source.next();
    await source.return([]);
    expect(stream.destroyed).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('a named pipe', () => {
  /** A pipe that is open for writing, so that opening it for reading does not wait. */
  function makePipe(name: string): { file: CorpusFile; fd: number; isOpen: () => boolean } {
    const path = folder.at(name);
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, 'r+');
    const opened = () =>
      readdirSync('/proc/self/fd').filter((entry) => {
        try {
          return Number(entry) !== fd && readlinkSync(`/proc/self/fd/${entry}`) === path;
        } catch {
          return false; // the one that listed the directory
        }
      });
    return { file: { path, kind: 'stdin', size: null }, fd, isOpen: () => opened().length > 0 };
  }

  test('is read to its end', async () => {
    const { file, fd } = makePipe('pipe');
    writeSync(fd, gzipSync(CONTENT));
    const reading = readAll([file], { onRead: () => closeSync(fd) });
    expect((await reading).facts).toMatchObject([{ path: file.path, bytes: CONTENT.length, records: 2 }]);
  });

  test('is closed when the reader stops early, though its writer goes on', async () => {
    const { file, fd, isOpen } = makePipe('pipe-early');
    writeSync(fd, '{"text":"a"}\n'.repeat(100));
    const source = readBlocks([file], DEFAULTS);
    await source.next();
    expect(isOpen()).toBe(true);
    await source.return([]);
    await vi.waitFor(() => expect(isOpen()).toBe(false));
    closeSync(fd);
  });
});
