import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, firstInvalidByte } from '../../src/corpus/utf8.js';

/** Leads, continuations and the bounds between them. */
const BYTES = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xe1,
        0xed,
        0xef,
        0xf0,
        0xf1,
        0xf4,
        0xf5,
        0xff,
      ),
      fc.nat(255),
    ),
    {
      maxLength: 8,
    },
  )
  .map((bytes) => Uint8Array.from(bytes));

/** Any code point but halves of surrogate pairs. */
const CODE_POINT = fc
  .oneof(fc.nat(0x7ff), fc.integer({ min: 0x800, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

describe('strict UTF-8', () => {
  test('gives back any text, a BOM and NUL included', () => {
    fc.assert(
      fc.property(fc.string({ unit: CODE_POINT }), (text) => {
        expect(decodeUtf8(Buffer.from(`\ufeff${text}\0`))).toBe(`\ufeff${text}\0`);
      }),
    );
  });

  test('is refused from the first bad sequence on, where a lenient decoder begins to replace', () => {
    fc.assert(
      fc.property(BYTES, (bytes) => {
        const invalid = firstInvalidByte(bytes);
        expect(decodeUtf8(bytes) === null).toBe(invalid !== null);
        const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        const good = Buffer.from(bytes.subarray(0, invalid ?? bytes.length)).toString();
        expect(lenient.startsWith(good)).toBe(true);
        expect(lenient.charAt(good.length)).toBe(invalid === null ? '' : '\ufffd');
      }),
      { numRuns: 5000 },
    );
  });
});
