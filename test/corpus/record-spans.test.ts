import { describe, expect, test } from 'vitest';
import { BadRecord } from '../../src/corpus/record-line.js';
import { spansOf } from '../../src/corpus/record-spans.js';

const LINE = { path: 'c.jsonl', line: 3, startByte: 70, bytes: new Uint8Array(0) };
const TEXT = { kind: 'text', text: '😀 the king' } as const;
const IDS = { kind: 'ids', ids: Int32Array.of(1), attentionMask: null } as const;
const spans = (json: string, content: typeof TEXT | typeof IDS = TEXT) =>
  spansOf(JSON.parse(json) as Record<string, unknown>, ['ner'], content, LINE)[0];

describe('the spans of a record', () => {
  test.each([
    ['{"ner":[]}', []],
    ['{"ner":null}', null],
    ['{"other":[]}', null],
    // Code points: the whole text has 10, though 11 UTF-16 units.
    ['{"ner":[{"start":0,"end":10,"label":"all"}]}', [{ start: 0, end: 10, label: 'all' }]],
    [
      '{"ner":[{"label":"b","end":5,"start":2,"more":1},{"start":0,"end":4,"label":""}]}',
      [
        { start: 2, end: 5, label: 'b' },
        { start: 0, end: 4, label: '' },
      ],
    ],
  ])('in %s are %j', (json, expected) => {
    expect(spans(json)).toEqual(expected);
  });

  test('may be none where the record is read as ids', () => {
    expect(spans('{"ner":[]}', IDS)).toEqual([]);
    expect(spans('{}', IDS)).toBeNull();
  });

  const one = (span: string) => `{"ner":[${span}]}`;
  test.each([
    ['{"ner":"king"}', 'the field "ner" is a string, not a list'],
    ['{"ner":{"start":0}}', 'the field "ner" is an object, not a list'],
    [one('[0,4,"a"]'), 'ner[0] is a list, not {'],
    [one('null'), 'ner[0] is null, not {'],
    [one('{"start":0,"label":"a"}'), '"start" and "end" of ner[0] are not whole numbers, both'],
    [one('{"start":"0","end":4,"label":"a"}'), 'are not whole numbers'],
    [one('{"start":0.5,"end":4,"label":"a"}'), 'are not whole numbers'],
    [one('{"start":0,"end":1e999,"label":"a"}'), 'are not whole numbers'],
    [one('{"start":4,"end":4,"label":"a"}'), 'goes from 4 to 4, and must begin before it ends'],
    [one('{"start":5,"end":4,"label":"a"}'), 'goes from 5 to 4'],
    [one('{"start":-1,"end":4,"label":"a"}'), 'goes from -1 to 4'],
    [one('{"start":0,"end":11,"label":"a"}'), 'within the text’s 10 characters'],
    [one('{"start":0,"end":4}'), '"label" of ner[0] is not a string'],
    [one('{"start":0,"end":4,"label":3}'), '"label" of ner[0] is not a string'],
    [one('{"start":0,"end":4,"__proto__":{"label":"a"}}'), '"label" of ner[0] is not a string'],
    ['{"ner":[{"start":0,"end":1,"label":"a"},7]}', 'ner[1] is a number'],
  ])('%s are refused: %s', (json, says) => {
    refused(json, 'bad spans', says);
  });

  test('with half of a surrogate pair in a label are refused', () => {
    refused(one('{"start":0,"end":4,"label":"\\ud800"}'), 'half a surrogate pair', 'ner[0].label');
  });

  test('of a text are refused where the record is read as ids', () => {
    refused(one('{"start":0,"end":1,"label":"a"}'), 'bad spans', 'this record is read as ids', IDS);
  });

  function refused(
    json: string,
    reason: string,
    says: string,
    content: typeof TEXT | typeof IDS = TEXT,
  ): void {
    let caught: unknown;
    try {
      spans(json, content);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(BadRecord);
    const {
      reason: found,
      exit,
      trouble: { what, where },
    } = caught as BadRecord;
    expect([found, where, exit]).toEqual([reason, 'c.jsonl:3:70', 65]);
    expect(what).toContain(says);
  }
});
