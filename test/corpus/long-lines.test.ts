import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { recordLines } from '../../src/corpus/parse-records.js';
import { fileOf, readAll, scratch } from './support.js';

/** Bytes that are kept of a line that is too long. */
const KEPT = 4096;

describe('lines that are too long, where these are passed', () => {
  const folder = scratch();
  afterAll(() => folder.remove());
  let files = 0;

  const line = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 9000 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  );

  test('keep their place and length and their first bytes; all others are as they are without them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 20, max: 5000 }),
        async (lengths, endsWithLf, zipped, blockSize) => {
          // Each line says its number, so that none can be taken for another; of length 0: blank.
          const lines = lengths.map((length, i) => (length === 0 ? ' ' : `${i}`.padEnd(length, 'x')));
          const content = Buffer.from(lines.join('\n') + (endsWithLf ? '\n' : ''));
          const path = folder.at(`long-${files++}`);
          const file = zipped ? fileOf(path, gzipSync(content), 'gzip') : fileOf(path, content);
          const other = fileOf(`${path}-other`, 'y\n');
          const { blocks, facts } = await readAll([other, file], {
            blockSize,
            maxLineBytes: 64,
            passLong: true,
          });

          const found = blocks.slice(1).flatMap((block) => {
            for (const each of recordLines(block, path))
              expect(Math.floor(each.startByte / blockSize)).toBe(block.block);
            return [...recordLines(block, path)];
          });
          let startByte = 0;
          const expected = lines.flatMap((text, i) => {
            const at = startByte;
            startByte += text.length + 1;
            if (text.trim() === '') return [];
            return [
              {
                line: i + 1,
                startByte: at,
                length: text.length,
                tooLong: text.length > 64,
                text: text.slice(0, KEPT),
              },
            ];
          });
          expect(found.map(({ record }) => record)).toEqual(expected.map((_, record) => record));
          const told = found.map(({ bytes, line: number, startByte: at, length, tooLong }) => {
            const text = Buffer.from(bytes).toString();
            return { line: number, startByte: at, length, tooLong, text };
          });
          expect(told).toEqual(expected);
          expect(facts[1]!.records).toBe(expected.length);
          expect(facts[1]!.bytes).toBe(content.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('cost no memory, however long they are', async () => {
    const content = Buffer.concat([
      Buffer.from('a\n'),
      Buffer.alloc(64 * 2 ** 20, 'x'),
      Buffer.from('\nb\n'),
    ]);
    const file = fileOf(folder.at('huge'), content);
    const { blocks } = await readAll([file], { blockSize: 1024, maxLineBytes: 100, passLong: true });
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    expect(bytes).toBeLessThan(2 * KEPT);
    expect(blocks.flatMap((block) => [...recordLines(block, 'huge')]).map(({ length }) => length)).toEqual([
      1,
      64 * 2 ** 20,
      1,
    ]);
  });
});
