import { describe, expect, test } from 'vitest';
import { expandBraces, isGlob, parseGlob } from '../../src/corpus/glob-pattern.js';

/** Whether a name matches a pattern of one step. */
function matches(pattern: string, name: string): boolean {
  return parseGlob(pattern).some((segments) => {
    const [segment] = segments;
    if (segment === undefined || segments.length !== 1) throw new Error(`${pattern} has several steps`);
    if (segment.kind === 'name') return segment.name === name;
    return segment.kind === 'match' && segment.regex.test(name);
  });
}

describe('a glob', () => {
  test('is told from a plain path by * ? [ or {', () => {
    expect(['a*', 'a?', '[ab]', '{a,b}'].every(isGlob)).toBe(true);
    expect(['a.jsonl', 'dir/a-b', '-', 'a]b}'].some(isGlob)).toBe(false);
  });

  test.each([
    ['*.jsonl', 'a.jsonl', true],
    ['*.jsonl', 'a.jsonl.gz', false],
    ['*.jsonl', 'axjsonl', false],
    ['a?c', 'abc', true],
    ['a?c', 'a🎈c', true],
    ['a?c', 'ac', false],
    ['part-[0-3]', 'part-2', true],
    ['part-[0-3]', 'part-4', false],
    ['part-[!0-3]', 'part-4', true],
    ['part-[^0-3]', 'part-2', false],
    ['[]a]', ']', true],
    ['[z-a]*', 'm', false],
    ['a[', 'a[', true],
    ['a(b)+$*', 'a(b)+$x', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['\\[a]*', '[a]b', true],
    ['{a,b{c,d}}x', 'bdx', true],
    ['{a,b{c,d}}x', 'bx', false],
    ['*', 'line\nbreak', true],
  ])('%s on %j: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  test('matches a hidden name only where it begins with a dot itself', () => {
    expect([matches('*', '.a'), matches('?a', '.a'), matches('[.]a', '.a')]).toEqual([false, false, false]);
    expect([matches('.*', '.a'), matches('\\.*', '.a')]).toEqual([true, true]);
  });

  test('has its braces written out, nested and in order', () => {
    expect(expandBraces('a{b,c}{d,e}')).toEqual(['abd', 'abe', 'acd', 'ace']);
    expect(expandBraces('{a,b{c,d}}')).toEqual(['a', 'bc', 'bd']);
    expect(expandBraces('{a,}x')).toEqual(['ax', 'x']);
  });

  test('keeps braces that hold no choice, are not closed or are escaped', () => {
    for (const pattern of ['{a}', '{a,b', 'a}', '\\{a,b}']) expect(expandBraces(pattern)).toEqual([pattern]);
    expect(expandBraces('{x}{a,b}')).toEqual(['{x}a', '{x}b']);
  });

  test('is cut at slashes, with ** as any depth', () => {
    expect(parseGlob('/data/**/x.jsonl')).toEqual([
      [
        { kind: 'name', name: '' },
        { kind: 'name', name: 'data' },
        { kind: 'depth' },
        { kind: 'name', name: 'x.jsonl' },
      ],
    ]);
    expect(parseGlob('a/**')[0]!.map(({ kind }) => kind)).toEqual(['name', 'depth', 'match']);
  });
});
