import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBlocks } from '../../src/corpus/read-blocks.js';
import type { CorpusFile } from '../../src/corpus/types.js';
import { DEFAULTS, fileOf, readAll, scratch, troubleOf } from './support.js';

let folder: ReturnType<typeof scratch>;
beforeAll(() => (folder = scratch()));
afterAll(() => folder.remove());

const MIB = 1 << 20;

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of buffers that something still holds. */
function held(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** A file of as many MiB, made of one that is repeated, so that making it leaves no garbage to be measured. */
function repeated(name: string, mib: number, one: string): CorpusFile {
  const member = gzipSync(one);
  return fileOf(folder.at(name), Buffer.concat(Array.from({ length: mib }, () => member)), 'gzip');
}

/** These are alone in their file, and so in their process: garbage of other tests would be measured too. */
describe('memory', () => {
  test('is flat in the size of a file', async () => {
    const peaks: number[] = [];
    for (const mib of [200, 600]) {
      const large = repeated(`${mib}.gz`, mib, `${'x'.repeat(1023)}\n`.repeat(1024));
      const before = held();
      let peak = 0;
      for await (const block of readBlocks([large], { ...DEFAULTS, blockSize: MIB })) {
        if (block.block % 10 === 0) peak = Math.max(peak, held() - before);
      }
      peaks.push(peak);
    }
    // What zlib uncompresses ahead of such a file is bounded, whatever comes after it.
    expect(peaks[1]! - peaks[0]!).toBeLessThan(32 * MIB);
  });

  test('is flat in the blank lines between two records', async () => {
    const blanks = repeated('blanks.gz', 200, `${' '.repeat(1023)}\n`.repeat(1024));
    const records = [fileOf(folder.at('before'), 'a\n'), blanks];
    const before = held();
    let peak = 0;
    let calls = 0;
    const onRead = () => {
      if (calls++ % 10 === 0) peak = Math.max(peak, held() - before);
    };
    expect((await readAll(records, { onRead })).facts).toMatchObject([
      { records: 1 },
      { bytes: 200 * MIB, records: 0 },
    ]);
    expect(peak).toBeLessThan(32 * MIB);
  });

  test('does not hold a line that is too long', async () => {
    const bomb = repeated('bomb.gz', 200, 'x'.repeat(MIB));
    const before = held();
    expect((await troubleOf(() => readAll([bomb], { maxLineBytes: MIB }))).what).toContain('longer than');
    expect(held() - before).toBeLessThan(32 * MIB);
  });
});
