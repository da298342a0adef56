import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentHash } from '../../src/accumulate/document-hash.js';
import { entryPieces, lowestEntries, readEntryHead, upperHashes } from '../../src/profile/document-sample.js';
import { temporaryDirectory } from '../support/cli.js';

const folder = temporaryDirectory();
const NEURONS = 3;

const document = fc.record({
  file: fc.nat(3),
  record: fc.oneof(fc.nat(200), fc.nat(2 ** 40)),
  windows: fc.constant(1),
  labels: fc.tuple(
    fc.option(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })),
    fc.option(fc.array(fc.string(), { maxLength: 200 })),
  ),
  values: fc.array(fc.float({ noNaN: true }), { minLength: NEURONS, maxLength: NEURONS }),
});
const documents = fc.uniqueArray(document, {
  selector: ({ file, record }) => `${file}/${record}`,
  maxLength: 20,
});

function bytesOf(document: { values: number[] } & Parameters<typeof entryPieces>[0]): Buffer {
  const values = Float32Array.from(document.values);
  return Buffer.concat([...entryPieces(document, [values.subarray(0, 1), values.subarray(1)])]);
}

test('an entry has its size before it, its labels, and its values at its end', () => {
  fc.assert(
    fc.property(document, (each) => {
      const bytes = bytesOf(each);
      expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
      const head = bytes.subarray(4, bytes.length - 4 * NEURONS);
      const { file, record, labels } = each;
      expect(readEntryHead(head, 2)).toEqual({ file, record, labels });
      const values = Array.from({ length: NEURONS }, (_, j) => bytes.readFloatLE(4 + head.length + 4 * j));
      expect(values).toEqual(each.values);
    }),
  );
});

test('the lowest entries of some sources are those of their union, by hash', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.nat(2 ** 32 - 1), fc.nat(25), fc.nat(20), async (all, seed, most, cut) => {
      const out = new Uint32Array(2);
      const hashOf = (each: { file: number; record: number }) => {
        documentHash(seed, each, out);
        return (BigInt(out[1]!) << 32n) | BigInt(out[0]!);
      };
      // Some bytes before the first source's entries, and some behind the second's: neither count.
      const [first, second] = [all.slice(0, cut), all.slice(cut)].map((part) =>
        Buffer.concat(part.map(bytesOf)),
      );
      const paths = ['a', 'b'].map((name) => path.join(folder, name)) as [string, string];
      writeFileSync(paths[0], Buffer.concat([Buffer.alloc(9, 7), first!]));
      writeFileSync(paths[1], Buffer.concat([second!, Buffer.alloc(9, 7)]));
      const sources = [
        { path: paths[0], start: 9, end: 9 + first!.length },
        { path: paths[1], start: 0, end: second!.length },
      ];
      const found: Uint8Array[] = [];
      for await (const entry of lowestEntries(sources, { seed, most })) found.push(entry);
      const expected = [...all].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1)).slice(0, most);
      expect(Buffer.concat(found).equals(Buffer.concat(expected.map(bytesOf)))).toBe(true);
      expect(await upperHashes(sources[1]!, seed)).toEqual(
        all.slice(cut).map((each) => Number(hashOf(each) >> 32n)),
      );
    }),
    { numRuns: 60 },
  );
});
