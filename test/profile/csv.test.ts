import fc from 'fast-check';
import pl from 'nodejs-polars';
import { describe, expect, test } from 'vitest';
import { csvLines } from '../../src/profile/csv.js';

const cell = fc.string({
  unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', '▁', ':'),
  minLength: 1,
  maxLength: 6,
});

describe('csv', () => {
  test('puts a text with a line feed or a carriage return alone in quotes', () => {
    expect(csvLines([[':\n', 'a\rb', '\r\n', 'plain']])).toBe('":\n","a\rb","\r\n",plain\r\n');
  });

  test('tells null from an empty text', () => {
    expect(csvLines([[null, '', 1]])).toBe(',"",1\r\n');
  });

  test('is read back by polars, whatever its texts hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
        const text = csvLines([['one', 'two'], ...rows]);
        const frame = pl.readCSV(text, { inferSchemaLength: 0, rechunk: true });
        expect(frame.rows()).toEqual(rows);
      }),
    );
  });
});
