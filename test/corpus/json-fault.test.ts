import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonFault } from '../../src/corpus/json-fault.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Texts that are JSON, or nearly. */
const SOUP = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      'u00',
      '0',
      '1',
      '-',
      '.',
      'e',
      '+',
      'true',
      'null',
      ' ',
      '\t',
      '\n',
      'x',
      '\u0001',
      '"\u001f"',
      '\ufeff',
      '🎈',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const SPOILT = fc
  .tuple(fc.json(), fc.nat(), fc.nat(2), fc.constantFrom('', ',', '"', '}', ']', '0', '\\', '\n'))
  .map(([json, place, taken, put]) => {
    const at = place % (json.length + 1);
    return json.slice(0, at) + put + json.slice(at + taken);
  });

describe('the fault of a text', () => {
  test('is none just where JSON.parse takes it', () => {
    fc.assert(
      fc.property(fc.oneof(SOUP, SPOILT, fc.json()), (text) => {
        expect(jsonFault(text) === null).toBe(isJson(text));
      }),
      { numRuns: 20_000 },
    );
  });

  test('is at the first place that no JSON goes through: what is before it can be completed', () => {
    const ENDINGS = [
      '',
      '0',
      '"',
      '":0',
      'a":0',
      '"a":0',
      ':0',
      'rue',
      'ue',
      'e',
      'alse',
      'lse',
      'se',
      'ull',
      'll',
      'l',
    ];
    fc.assert(
      fc.property(SPOILT, (text) => {
        const fault = jsonFault(text);
        if (fault === null) return;
        const before = text.slice(0, fault.index);
        const open = [...before.replace(/"(?:[^"\\]|\\.)*("|$)/gs, '')].reduce((stack, character) => {
          if (character === '{') return `}${stack}`;
          if (character === '[') return `]${stack}`;
          return character === '}' || character === ']' ? stack.slice(1) : stack;
        }, '');
        expect(
          ENDINGS.some((ending) => isJson(before + ending + open)),
          `${text} at ${fault.index}`,
        ).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['', 0, 'expected a value, found the end of the line'],
    ['{"a":1,}', 7, 'expected a name in double quotes, found }'],
    ['[1,]', 3, 'expected a value, found ]'],
    ['{"a" 1}', 5, 'expected a colon, found 1'],
    ['{"a":01}', 6, 'expected a comma or }, found 1'],
    ['[1 2]', 3, 'expected a comma or ], found 2'],
    ['{} {}', 3, 'expected nothing more, found {'],
    ['{"a":undefined}', 5, 'expected a value, found u'],
    ['{"a":\u200b1}', 5, 'expected a value, found U+200B'],
    ['{"a":"x\ty"}', 7, 'U+0009 within a string must be escaped'],
    ['{"a":"\\x"}', 6, 'unknown escape in a string'],
    ['{"a":"\\u12"}', 6, 'unknown escape in a string'],
    ['["a', 3, 'a string has no closing quote'],
  ])('of %j is at %i: %s', (text, index, reason) => {
    expect(jsonFault(text)).toEqual({ index, reason });
  });

  test('is found at any depth and length', () => {
    expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ index: 1_000_000 });
    expect(jsonFault(`{"a":"${'x'.repeat(5_000_000)}",}`)).toMatchObject({ index: 5_000_008 });
    expect(jsonFault(`[${'1'.repeat(5_000_000)}`)).toMatchObject({ index: 5_000_001 });
  });
});
