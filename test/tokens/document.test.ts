import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { makeDocument } from '../../src/tokens/document.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { idsRecord, LLAMA, textRecord } from './support.js';

const tokenizer = await openTokenizer(LLAMA);

function troubleOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error.trouble;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a text gets the ids and spans of its tokenizer', () => {
  const document = makeDocument(textRecord('the king'), tokenizer, 1024, 'a.jsonl');
  expect(document.ids).toEqual(tokenizer.encode('the king'));
  expect(document.spans()?.end.at(-1)).toBe(8);
  expect(document.spans()).toBe(document.spans());
});

test('a record with ids keeps them and has no spans', () => {
  const document = makeDocument(idsRecord([5, 6]), null, 1024, 'a.jsonl');
  expect([document.ids, document.spans()]).toEqual([Int32Array.of(5, 6), null]);
});

test('a text without a tokenizer is refused with its place', () => {
  const trouble = troubleOf(() => makeDocument(textRecord('x'), null, 1024, 'a.jsonl'));
  expect(trouble).toMatchObject({ exit: 69, where: 'a.jsonl:3:40' });
  expect(trouble.todo).toContain('--tokenizer');
});

test('a token beyond the embedding names itself, its id and the size', () => {
  const trouble = troubleOf(() => makeDocument(textRecord('Zounds'), tokenizer, 300, 'a.jsonl'));
  const id = tokenizer.encode('Zounds').find((candidate) => candidate >= 300)!;
  expect(trouble).toMatchObject({ exit: 69, where: 'a.jsonl:3:40' });
  expect(trouble.what).toContain(`${JSON.stringify(tokenizer.tokenOf(id))} the id ${id}`);
  expect(trouble.what).toContain('300 rows');
  expect(trouble.todo).toBe('give the tokenizer of this model with --tokenizer');
});

test('a special token beyond the embedding is one, too', () => {
  const trouble = troubleOf(() => makeDocument(textRecord(''), tokenizer, 1, 'a.jsonl'));
  expect(trouble.what).toContain('"<s>" the id 1');
});

test.each([[1024], [-1]])('an id %i of a record that the model lacks is bad data', (id) => {
  const trouble = troubleOf(() => makeDocument(idsRecord([3, id]), tokenizer, 1024, 'a.jsonl'));
  expect(trouble).toMatchObject({ exit: 65, where: 'a.jsonl:3:40' });
  expect(trouble.what).toContain(`${id}`);
  expect(trouble.what).toContain('1024 rows');
});

test('where the graph does not tell its vocabulary every id passes', () => {
  expect(makeDocument(idsRecord([1e6]), null, null, 'a.jsonl').ids).toEqual(Int32Array.of(1e6));
});
