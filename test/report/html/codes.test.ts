import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../src/profile/state/byte-reader.js';
import { ByteWriter } from '../../../src/profile/state/byte-writer.js';
import {
  readFloats,
  readPlaces,
  readWholes,
  writeFloats,
  writePlaces,
  writeWholes,
} from '../../../src/report/html/column-planes.js';
import { codeOfCount, countOfCode, LAST_CODE } from '../../../src/report/html/count-code.js';
import { exact } from '../../../src/report/html/page/exact.js';
import { percentOrNumber } from '../../../src/report/html/page/percent-or-number.js';
import { sortRows } from '../../../src/report/html/page/sort-rows.js';
import { codeOfShade, scaleOf, shadeOfCode } from '../../../src/report/html/shade-code.js';

function throughBytes<T>(write: (writer: ByteWriter) => void, read: (reader: ByteReader) => T): T {
  const writer = new ByteWriter();
  write(writer);
  const reader = new ByteReader(writer.written().slice());
  const value = read(reader);
  reader.end();
  return value;
}

describe('columns in planes', () => {
  test('float32 values come back bit for bit, NaN and −0 too', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: false }), (values) => {
        const back = throughBytes((writer) => writeFloats(writer, values), readFloats);
        expect([...back]).toEqual([...values]);
      }),
    );
  });

  test('whole numbers to 2^53 come back exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (values) => {
        expect([
          ...throughBytes(
            (writer) => writeWholes(writer, values),
            (reader) => readWholes(reader, values.length),
          ),
        ]).toEqual(values);
      }),
    );
  });

  test('places come back with their nulls', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(), fc.constant(NaN))), (list) => {
        const values = Float64Array.from(list);
        const back = throughBytes(
          (writer) => writePlaces(writer, values),
          (reader) => readPlaces(reader, list.length),
        );
        expect(back).toEqual(values);
      }),
    );
  });
});

describe('counts in a byte', () => {
  test('0 to 15 are exact', () => {
    for (let count = 0; count < 16; count++) expect(countOfCode(codeOfCount(count))).toBe(count);
  });

  test('others are within 6 %, to sixteen billion', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 16e9 }), (count) => {
        expect(Math.abs(countOfCode(codeOfCount(count)) / count - 1)).toBeLessThanOrEqual(1 / 17 + 1e-12);
      }),
    );
  });

  test('what is there is never shown as nothing, and more is never less', () => {
    expect(codeOfCount(1e-9)).toBe(1);
    expect(codeOfCount(1e300)).toBe(LAST_CODE);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e11 }), fc.double({ min: 0, max: 1e11 }), (a, b) => {
        expect(codeOfCount(Math.max(a, b))).toBeGreaterThanOrEqual(codeOfCount(Math.min(a, b)));
      }),
    );
  });

  test('each code is the code of its count', () => {
    for (let code = 0; code <= LAST_CODE; code++) expect(codeOfCount(countOfCode(code))).toBe(code);
  });
});

describe('activations in a byte', () => {
  test('are within 1/252 of the largest', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
        (values) => {
          const scale = Math.fround(scaleOf(values, 0, values.length));
          for (const value of values) {
            const back = shadeOfCode(codeOfShade(value, scale), scale);
            expect(Math.abs(back - value)).toBeLessThanOrEqual((scale / 252) * (1 + 1e-9));
          }
        },
      ),
    );
  });

  test('keep NaN and the infinities apart from all others', () => {
    const values = Float32Array.of(NaN, Infinity, -Infinity, 3, -3, 0);
    const scale = scaleOf(values, 0, values.length);
    expect(scale).toBe(3);
    expect(Array.from(values, (value) => shadeOfCode(codeOfShade(value, scale), scale))).toEqual([...values]);
  });
});

describe('what the page makes of numbers', () => {
  test('an exact float32 reads as itself', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(exact(value).replaceAll('−', '-')))).toBe(value + 0);
      }),
    );
    expect(exact(NaN)).toBe('–');
    expect(exact(Math.fround(0.1))).toBe('0.1');
  });

  test('rows sort as a plain comparison sorts them, NaN last both ways', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noDefaultInfinity: true })), fc.boolean(), (values, descending) => {
        const rows = Uint32Array.from(values.keys());
        const numbers = [...rows].filter((row) => !Number.isNaN(values[row]));
        const sign = descending ? -1 : 1;
        const sorted = numbers.sort((a, b) => sign * (values[a]! - values[b]!) || a - b);
        const none = [...rows].filter((row) => Number.isNaN(values[row]));
        expect([...sortRows(rows, values, descending)]).toEqual([...sorted, ...none]);
      }),
    );
  });

  test('a filter’s number may be a percentage', () => {
    expect(['0.5', '1e-3', '1%', '−2', '.5', 'x', '', '1 %'].map(percentOrNumber)).toEqual([
      0.5,
      0.001,
      0.01,
      -2,
      0.5,
      null,
      null,
      null,
    ]);
  });
});
