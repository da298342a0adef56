import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../src/report/visible.js';

test('control characters become signs that can be read', () => {
  expect(visible('a\nb\tc\rd')).toBe('a⏎b⇥c␍d');
  expect(visible('\x1b[2J\x07\x9b1m\x7f')).toBe('\\x1b[2J\\x07\\x9b1m\\x7f');
  expect(visible('\u202eabc\u2066\u2028\ud800')).toBe('\\u{202e}abc\\u{2066}\\u{2028}\\u{d800}');
});

test('what can be printed stays as it is', () => {
  const text = 'Élan, 日本, 😀, 👨‍👩‍👧, ❤️, é';
  expect(visible(text)).toBe(text);
});

test('nothing that a terminal obeys is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/[\p{Control}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
    }),
  );
});
