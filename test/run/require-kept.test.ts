import { expect, test } from 'vitest';
import type { UserError } from '../../src/core/errors.js';
import type { AskedProfile } from '../../src/run/defaults.js';
import { profile } from '../../src/run/profile.js';
import { fixture } from '../support/fixtures.js';

test.each<[asked: Partial<AskedProfile>, where: string, what: string]>([
  [{ command: 'stats', samples: { random: 1, bands: 0 } }, '--examples', 'stats keeps no examples'],
  [{ command: 'topk', labelFields: ['part'] }, '--label-field', 'topk keeps no figures'],
  [{ command: 'topk', spanFields: ['part'] }, '--span-field', 'topk keeps no figures'],
  [{ command: 'topk', lexical: true }, '--lexical', 'topk keeps no figures'],
  [{ command: 'topk', explain: ['token'] }, '--explain', 'topk keeps no figures'],
  [
    { command: 'topk', samples: { random: 0, bands: 0, match: 9 } },
    '--examples match',
    'topk keeps no figures',
  ],
  [{ command: 'topk', gateCases: true }, '--gate-cases', 'topk keeps no figures'],
  [{ spanFields: ['lexical'] }, '--span-field', 'the name of the labels that --lexical makes'],
  [{ labelFields: ['a', 'b'], spanFields: ['b'] }, '--span-field, --label-field', 'the field "b" has either'],
  [{ labelFields: ['a', 'b', 'a'] }, '--label-field', 'the field "a" is named twice'],
  [{ spanFields: ['a', 'a'] }, '--span-field', 'the field "a" is named twice'],
  [{ permutations: 100 }, '--permutations', 'there are no labels of documents to permute'],
  [
    { labelFields: ['a'], permutations: 100_000 },
    '--permutations',
    '100000 is no number of documents from 80 to',
  ],
  [{ labelFields: ['a'], permutations: 80.5 }, '--permutations', '80.5 is no number of documents'],
])('a library call is refused as the command line is: %j', async (asked, where, what) => {
  const run = profile({ model: fixture('llama-shakespeare'), corpus: [fixture('speeches.jsonl')], ...asked });
  const { exit, trouble } = await run.then(
    () => Promise.reject(new Error('it ran')),
    (error: UserError) => error,
  );
  expect([exit, trouble.where, trouble.what]).toEqual([2, where, expect.stringContaining(what)]);
});
