import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlockCutter } from '../../src/corpus/cut-blocks.js';
import { HeldBytes } from '../../src/corpus/held-bytes.js';
import { readBlocks } from '../../src/corpus/read-blocks.js';
import { LineScanner, type Line } from '../../src/corpus/scan-lines.js';
import type { Block } from '../../src/corpus/types.js';
import { DEFAULTS, fileOf, readAll, scratch, troubleOf } from './support.js';

let folder: ReturnType<typeof scratch>;
beforeAll(() => (folder = scratch()));
afterAll(() => folder.remove());

/** Design §2 word for word, on a whole file in memory. */
function definition(content: Buffer, blockSize: number, file = 0): Block[] {
  const blocks: Block[] = [];
  const text = content.toString('latin1');
  let record = 0;
  for (let startByte = 0, line = 1; startByte < text.length; line++) {
    const lf = text.indexOf('\n', startByte);
    const endByte = lf === -1 ? text.length : lf + 1;
    const own = text.slice(startByte, endByte).replace(startByte === 0 ? /^\xef\xbb\xbf/ : '', '');
    if (/[^ \t\r\n]/.test(own)) {
      const block = Math.floor(startByte / blockSize);
      const last = blocks.at(-1);
      if (last?.block === block) {
        last.bytes = new Uint8Array(content.subarray(last.startByte, endByte));
        last.records++;
      } else {
        const bytes = new Uint8Array(content.subarray(startByte, endByte));
        blocks.push({
          file,
          block,
          bytes,
          startByte,
          startLine: line,
          startRecord: record,
          records: 1,
          cuts: [],
        });
      }
      record++;
    }
    startByte = endByte;
  }
  return blocks;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const LINES = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom('a', '"', ' ', 'é', '\0'), maxLength: 30 }) },
    fc.constantFrom('', ' \t', '\r', ' {"text":"x"}\r', '\ufeff', '\u2028', '\u00a0', '\v'),
  ),
  { maxLength: 25 },
);

/** Files of every sort: with and without BOM and last line end. */
const CONTENT = fc
  .tuple(fc.boolean(), LINES, fc.boolean())
  .map(([bom, lines, ended]) => Buffer.from((bom ? '\ufeff' : '') + lines.join('\n') + (ended ? '\n' : '')));

/** Cuts bytes at the given places (as shares of the whole). */
function cut(content: Buffer, shares: number[]): Buffer[] {
  const at = shares.map((share) => Math.floor(share * content.length)).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => content.subarray(from, at[i] ?? content.length));
}

const SHARES = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

describe('blocks', () => {
  test('are those of the definition, in plain files and in gzip of any members, of one file or two', async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(
        CONTENT,
        SHARES,
        fc.integer({ min: 1, max: 80 }),
        async (content, shares, blockSize) => {
          const first = fileOf(folder.at(`law-${files++}`), 'x\n');
          const plain = fileOf(folder.at(`law-${files++}`), content);
          const members = Buffer.concat(cut(content, shares).map((part) => gzipSync(part)));
          const gzip = fileOf(folder.at(`law-${files++}.gz`), members, 'gzip');
          const { blocks, facts } = await readAll([first, plain, gzip], { blockSize });
          const expected = [1, 2].flatMap((file) => definition(content, blockSize, file));
          expect(blocks.slice(1)).toEqual(expected);
          const defined = definition(content, blockSize);
          const records = defined.reduce((sum, block) => sum + block.records, 0);
          const counts = { records, blocks: defined.length };
          const fact = { bytes: content.length, sha256: sha256(content), ...counts };
          expect(facts.slice(1)).toEqual([plain, gzip].map(({ path }) => ({ path, ...fact })));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('do not depend on where chunks are cut (but within a BOM, which the reader keeps whole)', () => {
    fc.assert(
      fc.property(CONTENT, SHARES, fc.integer({ min: 1, max: 80 }), (content, shares, blockSize) => {
        const scanner = new LineScanner({ path: 'x', maxLineBytes: 1000 });
        const [cutter, held] = [new BlockCutter(blockSize), new HeldBytes()];
        const blocks: Block[] = [];
        const take = (lines: Iterable<Line | null>) => {
          for (const line of lines) {
            const ended = line === null ? cutter.end() : cutter.add(line);
            if (ended === null) continue;
            const { endByte, ...bounds } = ended;
            const bytes = new Uint8Array(endByte - ended.startByte);
            held.copy(ended.startByte, endByte, bytes, 0);
            blocks.push({ file: 0, ...bounds, bytes });
          }
        };
        const head = Math.min(3, content.length);
        const parts = cut(content.subarray(head), shares);
        for (const chunk of [Buffer.concat([content.subarray(0, head), parts[0]!]), ...parts.slice(1)]) {
          held.push(chunk);
          take(scanner.scan(chunk));
          held.dropBefore(cutter.startByte ?? scanner.startByte);
        }
        take([...scanner.end(), null]);
        expect(blocks).toEqual(definition(content, blockSize));
      }),
    );
  });

  test('of a file larger than a chunk are those of the definition', async () => {
    const line = (i: number) => (i % 7 === 0 ? '' : `{"text":"${'é'.repeat((i * 37) % 500)}"}`);
    const content = Buffer.from(Array.from({ length: 3000 }, (_, i) => line(i)).join('\n'));
    expect(content.length).toBeGreaterThan(2 * 256 * 1024);
    const { blocks } = await readAll([fileOf(folder.at('large'), content)], { blockSize: 32768 });
    const hashed = (all: Block[]) => all.map((block) => ({ ...block, bytes: sha256(block.bytes) }));
    expect(hashed(blocks)).toEqual(hashed(definition(content, 32768)));
  });

  test('own their memory, so that it can be handed to another thread', async () => {
    const { blocks } = await readAll([fileOf(folder.at('own'), 'a\nb\nc\n')], { blockSize: 2 });
    expect(blocks.map(({ bytes }) => bytes.buffer.byteLength)).toEqual([2, 2, 2]);
    expect(new Set(blocks.map(({ bytes }) => bytes.buffer)).size).toBe(3);
    structuredClone(blocks[0], { transfer: [blocks[0]!.bytes.buffer as ArrayBuffer] });
    expect(Buffer.from(blocks[1]!.bytes).toString()).toBe('b\n');
  });

  test('count blank lines as lines, not as records, and begin at a record', async () => {
    const { blocks } = await readAll([fileOf(folder.at('blank'), ' \r\n\na\r\n\t\nb\n\n\n')], {
      blockSize: 100,
    });
    expect(blocks).toEqual([
      {
        file: 0,
        block: 0,
        bytes: new Uint8Array(Buffer.from('a\r\n\t\nb\n')),
        startByte: 4,
        startLine: 3,
        startRecord: 0,
        records: 2,
        cuts: [],
      },
    ]);
  });

  test('count bytes from the file’s first, a BOM included', async () => {
    const { blocks } = await readAll([fileOf(folder.at('bom'), '\ufeffa\nb')], { blockSize: 4 });
    expect(blocks.map(({ startByte, block }) => [startByte, block])).toEqual([
      [0, 0],
      [5, 1],
    ]);
    const only = await readAll([fileOf(folder.at('bom'), '\ufeff \nb')]);
    expect(only.blocks).toMatchObject([{ startByte: 5, startLine: 2, records: 1 }]);
  });

  test('keep a byte order mark that is not whole, or not the first thing, as a record', async () => {
    const half = Buffer.concat([Buffer.from([0xef, 0xbb]), Buffer.from('\n\ufeff\n')]);
    expect((await readAll([fileOf(folder.at('half'), half)])).facts).toMatchObject([{ records: 2 }]);
  });
});

describe('what was read of a file', () => {
  test('tells the bytes on disk as they are read', async () => {
    const plain = fileOf(folder.at('told'), 'a\n'.repeat(200_000));
    const gzip = fileOf(folder.at('told.gz'), gzipSync('a\n'.repeat(200_000)), 'gzip');
    const told: number[] = [];
    await readAll([plain, gzip], { blockSize: 32768, onRead: (bytes) => told.push(bytes) });
    expect(told.reduce((sum, bytes) => sum + bytes)).toBe(plain.size! + gzip.size!);
    expect(told.length).toBeGreaterThan(2);
  });

  test('ends with the last record that the limit takes, and leaves out files that give none', async () => {
    const names = ['one', 'none', 'two', 'three'];
    const contents = ['a\n\nb\n\n', '\n', 'c\n \nd\n\ne', 'f\n'];
    const files = names.map((name, i) => fileOf(folder.at(`limit-${name}`), contents[i]!));
    const limited = async (limit: number) => {
      const { blocks, facts } = await readAll(files, { limit, blockSize: 3 });
      expect(blocks.reduce((sum, { records }) => sum + records, 0)).toBe(Math.min(limit, 6));
      for (const [i, { sha256: hash, bytes, path }] of facts.entries()) {
        expect([path, hash]).toEqual([files[i]!.path, sha256(Buffer.from(contents[i]!.slice(0, bytes)))]);
      }
      return facts.map(({ bytes, records }) => [bytes, records]);
    };
    expect(await limited(1)).toEqual([[2, 1]]);
    expect(await limited(2)).toEqual([[5, 2]]);
    expect(await limited(3)).toEqual([
      [6, 2],
      [1, 0],
      [2, 1],
    ]);
    expect(await limited(4)).toEqual([
      [6, 2],
      [1, 0],
      [6, 2],
    ]);
    expect(await limited(5)).toEqual([
      [6, 2],
      [1, 0],
      [8, 3],
    ]);
    expect(await limited(6)).toEqual([
      [6, 2],
      [1, 0],
      [8, 3],
      [2, 1],
    ]);
    expect(await limited(7)).toEqual([
      [6, 2],
      [1, 0],
      [8, 3],
      [2, 1],
    ]);
  });

  test('does not go past the limit, so what is wrong there is not met', async () => {
    const file = fileOf(folder.at('limit-long'), `a\nb\n${'x'.repeat(100)}\n`);
    expect(
      (await readAll([file, { path: 'nowhere', kind: 'plain', size: 9 }], { limit: 2, maxLineBytes: 10 }))
        .facts,
    ).toMatchObject([{ records: 2, bytes: 4 }]);
  });
});

describe('a file that changes while it is read', () => {
  test.each(['plain', 'gzip'] as const)('%s is read to the size it had, if it grows', async (kind) => {
    const content = kind === 'gzip' ? gzipSync('a\nb\n') : 'a\nb\n';
    const file = fileOf(folder.at(`grows-${kind}`), content, kind);
    appendFileSync(file.path, content);
    expect((await readAll([file])).facts).toMatchObject([
      { bytes: 4, records: 2, sha256: sha256(Buffer.from('a\nb\n')) },
    ]);
  });

  test('is refused if it shrinks: 65', async () => {
    const file = fileOf(folder.at('shrinks'), 'a\nb\n');
    truncateSync(file.path, 2);
    expect(await troubleOf(() => readAll([file]))).toMatchObject({
      what: 'this file shrank while it was read: 2 of its 4 bytes are left',
      where: file.path,
      exit: 65,
    });
  });

  test('is refused if it shrinks between two blocks: 65', async () => {
    const file = fileOf(folder.at('shrinks-later'), 'a\n'.repeat(500_000));
    const source = readBlocks([file], { ...DEFAULTS, blockSize: 32768 });
    await source.next();
    truncateSync(file.path, 400_000);
    expect(
      await troubleOf(async () => {
        for await (const block of source) void block;
      }),
    ).toMatchObject({ exit: 65 });
  });

  test('is refused if it shrinks though gzip: 65', async () => {
    const file = fileOf(folder.at('shrinks.gz'), Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), 'gzip');
    truncateSync(file.path, gzipSync('a\n').length);
    expect((await troubleOf(() => readAll([file]))).what).toContain('shrank');
  });
});

describe('a line over the limit', () => {
  test.each([
    ['plain', 'abc\n', 10],
    ['without a line end', 'abc\n', 10],
  ])('is refused at its place, and one that fits is not (%s): 65', async (_case, before, most) => {
    const end = _case === 'plain' ? '\n' : '';
    const fits = fileOf(folder.at('fits'), `${before}${'x'.repeat(most)}${end}`);
    expect((await readAll([fits], { maxLineBytes: most })).facts).toMatchObject([{ records: 2 }]);
    const long = fileOf(folder.at('long'), `${before}${'x'.repeat(most + 1)}${end}`);
    const trouble = await troubleOf(() => readAll([long], { maxLineBytes: most }));
    expect(trouble).toMatchObject({
      what: 'this line is longer than 10 bytes',
      where: `${long.path}:2:4`,
      exit: 65,
    });
    expect(trouble.todo).toContain('--max-line-bytes');
  });
});

describe('gzip that is not whole', () => {
  const [a, b] = [gzipSync('{"text":"abc"}\n'), gzipSync('{"text":"def"}\n')];
  const noise = gzipSync(randomBytes(300_000)); // more than a chunk
  const flipped = Buffer.from(a);
  flipped[flipped.length - 6]! ^= 1;
  test.each<[string, Buffer, string]>([
    ['cut within its header', a.subarray(0, 5), 'it is cut short'],
    ['cut within its trailer', a.subarray(0, -3), 'it is cut short'],
    ['cut within a second member', Buffer.concat([a, b.subarray(0, -9)]), 'it is cut short'],
    ['text after it', Buffer.concat([a, Buffer.from('hello')]), 'something else follows its end'],
    [
      'a member after a gap of zeros',
      Buffer.concat([a, Buffer.alloc(1), b]),
      'something else follows its end',
    ],
    [
      'a member after many zeros',
      Buffer.concat([a, Buffer.alloc(600_000), b]),
      'something else follows its end',
    ],
    [
      'a member after a long one and a gap',
      Buffer.concat([noise, Buffer.alloc(1), b]),
      'something else follows its end',
    ],
    ['a flipped bit', flipped, 'it is damaged (incorrect data check)'],
  ])('%s: 65', async (name, bytes, why) => {
    const file = fileOf(folder.at(`${name}.gz`), bytes, 'gzip');
    const what = `this is not a whole gzip file: ${why}`;
    expect(await troubleOf(() => readAll([file]))).toMatchObject({ what, where: file.path, exit: 65 });
  });

  test('may be padded with zeros', async () => {
    const file = fileOf(folder.at('padded.gz'), Buffer.concat([a, b, Buffer.alloc(600_000)]), 'gzip');
    expect((await readAll([file])).facts).toMatchObject([{ records: 2, bytes: 30 }]);
  });
});

describe('a corpus without a record', () => {
  test.each([
    ['an empty file', ''],
    ['only blank lines', '\n \r\n\t\n'],
    ['only a BOM', '\ufeff'],
  ])('%s: 65', async (name, content) => {
    const file = fileOf(folder.at(name), content);
    expect(await troubleOf(() => readAll([file]))).toMatchObject({
      what: 'the corpus is empty: it holds no record',
      where: file.path,
      exit: 65,
    });
  });

  test('names a few of its files', async () => {
    const files = Array.from({ length: 5 }, (_, i) => fileOf(folder.at(`void-${i}`), ''));
    const named = files.slice(0, 3).map(({ path }) => path);
    expect((await troubleOf(() => readAll(files))).where).toBe(`${named.join(', ')} and 2 more`);
  });

  test('is one only if all of its files are', async () => {
    const files = ['', 'a', ''].map((content, i) => fileOf(folder.at(`some-${i}`), content));
    const { blocks, facts } = await readAll(files);
    expect(blocks).toMatchObject([{ file: 1, records: 1 }]);
    expect(facts.map(({ records, bytes }) => [records, bytes])).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });
});

describe('a file that cannot be read', () => {
  test('a directory in its place: 74', async () => {
    expect(await troubleOf(() => readAll([{ path: folder.at('.'), kind: 'plain', size: 5 }]))).toMatchObject({
      exit: 74,
    });
  });

  test('gone since it was looked at: 66', async () => {
    const gone = { path: folder.at('gone'), kind: 'plain', size: 5 } as const;
    expect(await troubleOf(() => readAll([gone]))).toMatchObject({ where: gone.path, exit: 66 });
  });
});

/** Whether this process has the file open. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the one that listed the directory
    }
  });
}

test.skipIf(process.platform !== 'linux').each(['plain', 'gzip'] as const)(
  'a reader who stops early leaves no %s file open',
  async (kind) => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${Math.imul(i, 2654435761)}\n`).join('');
    const file = fileOf(folder.at(`early-${kind}`), kind === 'gzip' ? gzipSync(lines) : lines, kind);
    const source = readBlocks([file], DEFAULTS);
    await source.next();
    expect(isOpen(file.path)).toBe(true);
    await source.return([]);
    expect(isOpen(file.path)).toBe(false);
  },
);
