import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fixture } from '../../support/fixtures.js';
import { succeed } from '../../support/cli.js';

/** What would run, end an element, hide or turn text, were it taken for markup or obeyed. */
export const HOSTILE = [
  '</script><script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 2"><svg onload=window.hacked=3>',
  '<!--<script>window.hacked = 4</script>--> ]]> <style>*{display:none}</style>',
  '"><a href="javascript:window.hacked=5">click</a> &lt;b&gt; ${window.hacked = 6} `\\u003cscript>`',
  'turned \u202e round \u2028 line \u2029 paragraph \u0000 nul \u001b[31m colour',
];

/** A profile of hostile documents with hostile ids, in a file with a hostile name. */
export function hostileProfile(folder: string): string {
  const name = '<img src=x onerror=window.hacked=7>.jsonl';
  mkdirSync(folder, { recursive: true });
  const records = HOSTILE.map((text, i) => JSON.stringify({ id: `<b onclick=window.hacked=8>${i}`, text }));
  writeFileSync(path.join(folder, name), `${records.join('\n')}\n`);
  const output = path.join(folder, 'hostile.profile');
  succeed(['profile', fixture('llama-shakespeare'), path.join(folder, name), '-o', output, '--quiet']);
  return output;
}
