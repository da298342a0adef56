/* `npm run demo`: profiles the bundled model on the bundled speeches, and ends by showing one neuron. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const output = path.join(mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-demo-')), 'shakespeare.profile');

/** L0.N4 of the bundled model fires on tokens that begin with j. */
const NEURON = 'L0.N4';

run(
  'profile',
  'fixtures/llama-shakespeare',
  'fixtures/speeches.jsonl',
  '-o',
  output,
  '--label-field',
  'speaker',
);
run('show', output, NEURON, '--top', '8');
run('weights', 'fixtures/llama-shakespeare', NEURON, '--top', '4');
run('concepts', output, '--label', 'speaker=MENENIUS', '--limit', '3');
console.log(`
${NEURON} fires on words that begin with j. Its page, for a browser:

  ${pathToFileURL(path.join(output, 'report.html')).href}#${NEURON}
`);

function run(...args) {
  process.stdout.write(`\n$ neuroprobe ${args.join(' ')}\n\n`);
  const { status, error } = spawnSync(process.execPath, ['bin/neuroprobe.js', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
