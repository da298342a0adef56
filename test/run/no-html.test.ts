import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture, SOME_NEURONS } from '../support/fixtures.js';
import { expectSameFiles } from '../support/profiles.js';

const folder = temporaryDirectory();
const at = (name: string) => path.join(folder, name);
const args = (output: string, ...more: string[]) => [
  ...['profile', fixture('llama-shakespeare'), fixture('speeches.jsonl'), '--limit', '60', '-k', '3'],
  ...['-o', at(output), '--quiet', '--neurons', SOME_NEURONS, ...more],
];
const filesOf = (profile: string) =>
  (JSON.parse(readFileSync(at(path.join(profile, 'manifest.json')), 'utf8')) as { files: object }).files;

let whole: string;
let bare: string;
beforeAll(() => {
  whole = succeed(args('whole')).stdout;
  bare = succeed(args('bare', '--no-html')).stdout;
});

test('--no-html leaves the page out, and every other file but the manifest as it is', () => {
  expect(existsSync(at('bare/report.html'))).toBe(false);
  const { ['report.html']: page, ...others } = filesOf('whole') as Record<string, string>;
  expect(page).toMatch(/^[0-9a-f]{64}$/);
  expect(filesOf('bare')).toEqual(others);
  expect(whole).toContain(`${at('whole/report.html')} in a browser`);
  expect(bare).toContain(`neuroprobe report ${at('bare')} --html report.html`);
  succeed(['check', at('bare')]);
});

test('report --html makes the same page of it later', () => {
  succeed(['report', at('bare'), '--html', at('later.html')]);
  expect(readFileSync(at('later.html')).equals(readFileSync(at('whole/report.html')))).toBe(true);
});

test('merge leaves it out likewise; a share has none to leave out', () => {
  for (const i of [0, 1]) succeed(args('shards', '--shard', `${i}/2`));
  succeed(['merge', at('shards'), '-o', at('merged'), '--quiet', '--no-html']);
  expectSameFiles(at('merged'), at('bare'));
  const { code, stderr } = neuroprobe(args('share', '--shard', '0/2', '--no-html'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('give it to merge')]);
});

test('is no setting: a finished profile that has the page serves a run that wants none', () => {
  expect(neuroprobe(args('whole', '--no-html')).stdout).toContain('was there already');
  expect(existsSync(at('whole/report.html'))).toBe(true);
});

test('cluster gives it to the merge', () => {
  const run = ['stats', 'm', 'c', '-o', 'out', '--no-html'];
  const { stdout } = succeed(['cluster', 'parallel', '--shards', '2', ...run]);
  const [compute, merge] = stdout.trimEnd().split('\n');
  expect(compute).not.toContain('--no-html');
  expect(merge).toBe('neuroprobe merge out.shards -o out --no-html');
});
