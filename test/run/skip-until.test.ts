import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Manifest } from '../../src/profile/types.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, SOME_NEURONS } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

test('--skip-until leaves out the head of each document, tells of those without one, and is recorded', async () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const texts = ['MENENIUS:\nWhat work’s, my countrymen?', 'no head here', 'SICINIUS:\nIt is:\nso'];
  writeFileSync(at('c.jsonl'), texts.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  const args = (output: string, ...more: string[]) => [
    ...['stats', fixture('llama-shakespeare'), at('c.jsonl'), '-o', at(output)],
    ...['--block-size', '50', '--quiet', '--neurons', SOME_NEURONS, ...more],
  ];
  const { stdout } = succeed(args('one', '--skip-until', '\n', '--workers', '1'));
  expect(stdout).toContain('head up to "\\n" (1 document has none).');
  const tokenizer = await openTokenizer(fixture('llama-shakespeare'));
  const expected = texts.map((text) => {
    const ids = tokenizer.encode(text);
    const { start } = tokenizer.spans(text, ids)!;
    return [...start].filter((character) => character >= text.indexOf('\n') + 1).length;
  });
  const { corpus, settings } = JSON.parse(
    readFileSync(path.join(at('one'), 'manifest.json'), 'utf8'),
  ) as Manifest;
  expect(corpus).toMatchObject({
    documents: 3,
    headless: 1,
    counted_tokens: expected.reduce((a, b) => a + b),
  });
  expect(settings['skip_until']).toBe('\n');

  succeed(args('two', '--skip-until', '\n', '--workers', '2'));
  expectSameFiles(at('two'), at('one'));
  for (const i of [0, 1]) succeed(args('shards', '--skip-until', '\n', '--shard', `${i}/2`));
  succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
  expectSameFiles(at('merged'), at('one'));

  const other = neuroprobe(args('one', '--skip-until', ':'));
  expect([other.code, other.stderr]).toEqual([73, expect.stringContaining('skip_until')]);
  expect(neuroprobe(args('none', '--skip-until', '')).code).toBe(2);
}, 120_000);
