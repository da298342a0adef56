import { describe, expect, test } from 'vitest';
import { parseRecord, recordLines } from '../../src/corpus/parse-records.js';
import type { Block, CorpusRecord, RecordFields } from '../../src/corpus/types.js';
import { troubleOf } from './support.js';

const FIELDS: RecordFields = { textField: 'text', idField: 'id', idsField: 'input_ids' };

/** A block of lines that stands somewhere in a file. */
function blockOf(lines: string | Buffer, place: Partial<Block> = {}): Block {
  const bytes = new Uint8Array(Buffer.from(lines as string));
  return {
    file: 0,
    block: 0,
    bytes,
    startByte: 0,
    startLine: 1,
    startRecord: 0,
    records: 1,
    cuts: [],
    ...place,
  };
}

function parse(
  lines: string | Buffer,
  place?: Partial<Block>,
  fields?: Partial<RecordFields>,
): CorpusRecord[] {
  const all = [...recordLines(blockOf(lines, place), 'c.jsonl')];
  return all.map((line) => parseRecord(line, { ...FIELDS, ...fields }));
}

function contentOf(line: string): CorpusRecord['content'] {
  return parse(line)[0]!.content;
}

function textOf(line: string): string {
  const content = contentOf(line);
  if (content.kind !== 'text') throw new Error('it has ids');
  return content.text;
}

describe('records', () => {
  test('carry their place in the file, whatever block they are in', () => {
    const lines = '{"text":"é","id":"a"}\r\n\n \t\r\n{"text":"b"}';
    expect(parse(lines, { file: 3, startByte: 1000, startLine: 40, startRecord: 30 })).toEqual([
      { file: 3, record: 30, line: 40, startByte: 1000, id: 'a', content: { kind: 'text', text: 'é' } },
      { file: 3, record: 31, line: 43, startByte: 1029, id: null, content: { kind: 'text', text: 'b' } },
    ]);
  });

  test('may follow a BOM at the start of the file, and there alone', async () => {
    expect(parse('\ufeff{"text":"a"}\n')).toMatchObject([{ startByte: 0, content: { text: 'a' } }]);
    expect(await troubleOf(() => parse('\ufeff{"text":"a"}\n', { startByte: 9 }))).toMatchObject({
      what: 'this line is not JSON: expected a value, found U+FEFF',
      exit: 65,
    });
  });

  test('take their text as it is: empty, with NUL, line ends, or beyond the BMP', () => {
    expect(textOf('{"text":""}')).toBe('');
    expect(textOf('{"text":"a\\u0000b"}')).toBe('a\0b');
    expect(textOf('{"text":"a\\r\\n\u2028\ufeff"}')).toBe('a\r\n\u2028\ufeff');
    expect(textOf('{"text":"\\ud83c\\udf88🎈"}')).toBe('🎈🎈');
  });

  test('take text and id from the fields named', () => {
    const [record] = parse('{"text":1,"body":"b","key":7}', {}, { textField: 'body', idField: 'key' });
    expect(record).toMatchObject({ id: '7', content: { text: 'b' } });
  });

  test.each([
    ['"x1"', 'x1'],
    ['""', ''],
    ['17', '17'],
    ['-1.50', '-1.5'],
    ['true', 'true'],
    ['null', null],
    ['1234567890123456789', '1234567890123456789'],
    ['-9007199254740993', '-9007199254740993'],
    ['1e300', '1e+300'],
  ])('write out an id of %s', (json, id) => {
    expect(parse(`{"id": ${json}, "text": "a"}`)[0]!.id).toBe(id);
  });

  test('take the id’s own digits, not those of a field further in that rounds the same', () => {
    const id = (own: string, inner: string) =>
      parse(`{"user":{"id":${inner}},"id":${own},"text":"\\"id\\":9007199254740992"}`)[0]!.id;
    expect(id('9007199254740993', '5')).toBe('9007199254740993');
    // They cannot be told apart, so the double is written out.
    expect(id('9007199254740993', '9007199254740992')).toBe('9007199254740992');
    expect(id('9007199254740992', '9007199254740993')).toBe('9007199254740992');
  });

  test('have ids that win over the text', () => {
    expect(contentOf('{"text":"a","input_ids":[0,5,2147483647]}')).toEqual({
      kind: 'ids',
      ids: Int32Array.of(0, 5, 2147483647),
      attentionMask: null,
    });
    expect(contentOf('{"input_ids":[4,5],"attention_mask":[1,0]}')).toEqual({
      kind: 'ids',
      ids: Int32Array.of(4, 5),
      attentionMask: Uint8Array.of(1, 0),
    });
    expect(contentOf('{"input_ids":[],"attention_mask":null}')).toMatchObject({ ids: new Int32Array(0) });
  });

  test('take null ids for none', () => {
    expect(contentOf('{"text":"a","input_ids":null}')).toEqual({ kind: 'text', text: 'a' });
  });

  test('may be named like what objects inherit', () => {
    const named = parse('{"__proto__":"a"}', {}, { textField: '__proto__' });
    expect(named[0]!.content).toEqual({ kind: 'text', text: 'a' });
  });
});

/** A line, and what it is refused with: what, byte within the line, what to do. */
type Case = [line: string, what: string, at: number, todo: string];

const MEND = 'mend or remove this line';
const OBJECT = 'mend or remove this line: each line is one JSON object';
const OTHER_TEXT = 'mend or remove this line, or name the field that holds its text with --text-field';
const OTHER_ID = 'name a field that holds text or a number with --id-field, or mend or remove this line';

const BAD: Case[] = [
  ['{"text":"é"', 'this line is not JSON: expected a comma or }, found the end of the line', 12, OBJECT],
  ['{"text":"a"}}', 'this line is not JSON: expected nothing more, found }', 12, OBJECT],
  ["{'text':'a'}", "this line is not JSON: expected a name in double quotes or }, found '", 1, OBJECT],
  ['{"é":1,"x":NaN}', 'this line is not JSON: expected a value, found N', 12, OBJECT],
  ['{"text":"a', 'this line is not JSON: a string has no closing quote', 10, OBJECT],
  ['[', 'this line is not JSON: expected a value or ], found the end of the line', 1, OBJECT],
  ['["a"]', 'this line is JSON, but a list, not an object', 0, OBJECT],
  ['"a"', 'this line is JSON, but a string, not an object', 0, OBJECT],
  ['null', 'this line is JSON, but null, not an object', 0, OBJECT],
  ['17', 'this line is JSON, but a number, not an object', 0, OBJECT],
  ['{"text":null}', 'the field "text" is null, and no text', 0, MEND],
  ['{"text":1}', 'the field "text" is a number, not a string', 0, OTHER_TEXT],
  ['{"text":["a"]}', 'the field "text" is a list, not a string', 0, OTHER_TEXT],
  ['{"text":{"a":1}}', 'the field "text" is an object, not a string', 0, OTHER_TEXT],
  ['{"text":true}', 'the field "text" is a boolean, not a string', 0, OTHER_TEXT],
  [
    '{"text":"a\\ud83d"}',
    'the field "text" holds half of a surrogate pair (\\ud83d) without the other',
    0,
    MEND,
  ],
  [
    '{"text":"\\udf88\\ud83c"}',
    'the field "text" holds half of a surrogate pair (\\udf88) without the other',
    0,
    MEND,
  ],
  [
    '{"text":"a","id":"\\ud83d"}',
    'the field "id" holds half of a surrogate pair (\\ud83d) without the other',
    0,
    MEND,
  ],
  ['{"text":"a","id":[1]}', 'the id in the field "id" is a list, not text or a number', 0, OTHER_ID],
  ['{"text":"a","id":{}}', 'the id in the field "id" is an object, not text or a number', 0, OTHER_ID],
  ['{"input_ids":"1 2"}', 'the field "input_ids" is a string, not a list', 0, MEND],
  ['{"input_ids":[1,-1]}', 'input_ids[1] is -1, not an id, a whole number from 0 to 2147483647', 0, MEND],
  ['{"input_ids":[1.5]}', 'input_ids[0] is 1.5, not an id, a whole number from 0 to 2147483647', 0, MEND],
  [
    '{"input_ids":[2147483648]}',
    'input_ids[0] is 2147483648, not an id, a whole number from 0 to 2147483647',
    0,
    MEND,
  ],
  ['{"input_ids":[[1]]}', 'input_ids[0] is a list, not an id, a whole number from 0 to 2147483647', 0, MEND],
  ['{"input_ids":[1],"attention_mask":[2]}', 'attention_mask[0] is 2, not 0 or 1', 0, MEND],
  ['{"input_ids":[1],"attention_mask":[true]}', 'attention_mask[0] is a boolean, not 0 or 1', 0, MEND],
  ['{"input_ids":[1],"attention_mask":1}', 'the field "attention_mask" is a number, not a list', 0, MEND],
  [
    '{"input_ids":[1,2],"attention_mask":[1]}',
    '"attention_mask" has 1 entries, and "input_ids" 2: they must be as many',
    0,
    MEND,
  ],
];

describe('a bad record is refused with its place: 65', () => {
  test.each(BAD)('%s', async (line, what, at, todo) => {
    const lines = `{"text":"ok"}\n${line}\r\n{"text":"ok"}\n`;
    const trouble = await troubleOf(() => parse(lines, { startByte: 100, startLine: 7 }));
    expect(trouble).toMatchObject({ what, where: `c.jsonl:8:${114 + at}`, todo, exit: 65 });
  });

  test('in standard input under its name', async () => {
    const [line] = recordLines(blockOf('[]'), '-');
    const call = () => parseRecord(line!, FIELDS);
    expect((await troubleOf(call)).where).toBe('standard input:1:0');
  });

  test('after a BOM at its byte in the file', async () => {
    expect((await troubleOf(() => parse('\ufeff{"text":x}'))).where).toBe('c.jsonl:1:11');
    const latin = Buffer.concat([Buffer.from('\ufeff{"text":"'), Buffer.from([0xe9]), Buffer.from('"}')]);
    expect((await troubleOf(() => parse(latin))).where).toBe('c.jsonl:1:12');
  });

  test.each<[string, number[]]>([
    ['Latin-1', [0xe9]],
    ['a longer form than needed', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['cut short', [0xe2, 0x82]],
  ])('if it is not UTF-8 (%s)', async (_case, bytes) => {
    const line = Buffer.concat([
      Buffer.from('{"text":"é"}\n{"text":"é'),
      Buffer.from(bytes),
      Buffer.from('"}\n'),
    ]);
    expect(await troubleOf(() => parse(line, { startByte: 50 }))).toMatchObject({
      what: `this line is not UTF-8: its byte 0x${bytes[0]!.toString(16)} is none there`,
      where: 'c.jsonl:2:75',
      todo: 'mend or remove this line, or convert the file: iconv -f ITS-ENCODING -t UTF-8',
      exit: 65,
    });
  });
});

describe('a record without the text field is told', () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, i]));
  test.each<[string, string]>([
    ['{"id":"1","Text":"a","lang":"en"}', 'try --text-field Text; it has: id, Text, lang'],
    ['{"id":"1","txt":"a","lang":"en"}', 'try --text-field txt; it has: id, txt, lang'],
    ['{"id":"1","content":"a","n":1}', 'try --text-field content; it has: id, content, n'],
    ['{"my text":"a"}', "try --text-field 'my text'; it has: my text"],
    ['{"it\'s":"a"}', "try --text-field 'it'\\''s'; it has: it's"],
    ['{"-x":"a"}', "try --text-field '-x'; it has: -x"],
    ['{"title":"a","body":"b"}', 'name its text with --text-field; it has: title, body'],
    ['{"texts":["a"],"id":"x"}', 'name its text with --text-field; it has: texts, id'],
    ['{"id":"x"}', 'name its text with --text-field; it has: id'],
    ['{}', 'mend or remove this line: its object is empty'],
    [
      JSON.stringify(many),
      'name its text with --text-field; it has: f0, f1, f2, f3, f4, f5, f6, f7 and 4 more',
    ],
  ])('%s', async (line, todo) => {
    expect(await troubleOf(() => parse(line))).toMatchObject({
      what: 'no field "text" in this record',
      where: 'c.jsonl:1:0',
      todo,
      exit: 65,
    });
  });

  test('even where objects inherit one of that name', async () => {
    const call = () => parse('{"a":1}', {}, { textField: 'constructor', idField: 'toString' });
    expect((await troubleOf(call)).what).toBe('no field "constructor" in this record');
    expect(parse('{"text":"a"}', {}, { idField: 'constructor' })[0]!.id).toBe(null);
  });

  test('a name of many characters in a line', async () => {
    const { todo } = await troubleOf(() => parse(JSON.stringify({ ['x'.repeat(5000)]: 1 })));
    expect(todo).toBe(`name its text with --text-field; it has: ${'x'.repeat(39)}…`);
  });
});
