import { describe, expect, test } from 'vitest';
import { BadRecord } from '../../src/corpus/record-line.js';
import { labelsOf } from '../../src/corpus/record-labels.js';

const LINE = { path: 'c.jsonl', line: 3, startByte: 70, bytes: new Uint8Array(0) };
const labels = (json: string) => labelsOf(JSON.parse(json) as Record<string, unknown>, ['topic'], LINE)[0];

describe('the labels of a record', () => {
  test.each([
    ['{"topic":"sports"}', ['sports']],
    ['{"topic":["sports","news","sports"]}', ['sports', 'news']],
    ['{"topic":[]}', []],
    ['{"topic":""}', ['']],
    ['{"topic":3}', ['3']],
    ['{"topic":-0.5}', ['-0.5']],
    ['{"topic":[true,1,"1"]}', ['true', '1']],
    ['{"topic":null}', null],
    ['{"other":"sports"}', null],
  ])('in %s are %j', (json, expected) => {
    expect(labels(json)).toEqual(expected);
  });

  test('are none that objects inherit', () => {
    expect(labelsOf({}, ['constructor', '__proto__'], LINE)).toEqual([null, null]);
  });

  test.each([
    ['{"topic":{"a":1}}', 'bad label', '"topic" is an object'],
    ['{"topic":["a",["b"]]}', 'bad label', '"topic[1]" is a list'],
    ['{"topic":["a",null]}', 'bad label', '"topic[1]" is null'],
    ['{"topic":9007199254740993}', 'bad label', 'too large to be told from the next'],
    ['{"topic":1e999}', 'bad label', 'too large to be told from the next'],
    ['{"topic":"\\ud800"}', 'half a surrogate pair', 'half of a surrogate pair'],
  ])('%s is refused: %s', (json, reason, says) => {
    let caught: unknown;
    try {
      labels(json);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BadRecord);
    expect((caught as BadRecord).reason).toBe(reason);
    expect((caught as BadRecord).message).toContain(says);
    expect((caught as BadRecord).message).toContain('c.jsonl:3:70');
  });
});
