import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addWindowlessSpans, spansAccumulator } from '../../../src/accumulate/spans.js';
import { ByteReader } from '../../../src/profile/state/byte-reader.js';
import { ByteWriter } from '../../../src/profile/state/byte-writer.js';
import { readSpans, writeSpans } from '../../../src/profile/state/span-bytes.js';
import type { Spans } from '../../../src/accumulate/span-state.js';
import { corpus } from '../../accumulate/batches.js';
import { canonical, digests } from '../../accumulate/canonical.js';
import { DEFAULT } from '../../accumulate/settings.js';

const accumulator = spansAccumulator(DEFAULT);

function bytesOf(spans: Spans): Uint8Array {
  const writer = new ByteWriter(1024);
  writeSpans(writer, spans);
  return writer.written();
}

test('the bytes of spans hold all of them, and are the same whatever parts they were computed in', () => {
  fc.assert(
    fc.property(corpus(), fc.infiniteStream(fc.boolean()), ({ neurons, batches }, coin) => {
      const whole = accumulator.empty(neurons);
      const parts = [accumulator.empty(neurons), accumulator.empty(neurons)] as const;
      for (const { batch } of batches) {
        accumulator.add(whole, batch);
        accumulator.add(parts[coin.next().value ? 1 : 0], batch);
      }
      accumulator.merge(parts[1], parts[0]);
      const bytes = bytesOf(whole);
      expect(bytesOf(parts[1])).toEqual(bytes);
      const again = accumulator.empty(neurons);
      const reader = new ByteReader(bytes);
      readSpans(reader, again);
      reader.end();
      expect(digests(canonical(again))).toEqual(digests(canonical(whole)));
    }),
    { numRuns: 100 },
  );
}, 300_000);

test('labels that a careless format would confuse are told apart', () => {
  const spans = accumulator.empty(1);
  const labels = ['', ' ', '0', 'null', '__proto__', '\ufeffa', 'é', '漢', '😀', '\n', '1 a'];
  const document = {
    ...{ file: 0, record: 3, windows: 0 },
    fields: ['known', 'unaligned'] as const,
    labels: labels.flatMap((label) => [0, 1].map((field) => ({ field, label }))),
  };
  addWindowlessSpans(spans, document);
  const again = accumulator.empty(1);
  readSpans(new ByteReader(bytesOf(spans)), again);
  expect(bytesOf(again)).toEqual(bytesOf(spans));
  const found = [...again.labels.values()].map(({ field, label }) => `${field}=${label}`);
  expect(new Set(found)).toEqual(new Set(labels.flatMap((label) => [`0=${label}`, `1=${label}`])));
  expect(again.fields.get(1)!.unaligned).toBe(1);
});

test('spans are not written while a document lacks a window', () => {
  let refused = 0;
  fc.assert(
    fc.property(corpus(), ({ neurons, batches }) => {
      const spans = accumulator.empty(neurons);
      for (const { batch } of batches) {
        accumulator.add(spans, batch);
        if (spans.pending.size === 0) continue;
        expect(() => bytesOf(spans)).toThrow('lack some of their windows');
        refused++;
      }
    }),
    { numRuns: 50 },
  );
  expect(refused).toBeGreaterThan(5);
});
