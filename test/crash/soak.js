/*
 * `npm run test:soak`: memory over an hour of documents of which no two are alike, with checkpoints. They come
 * through a pipe, so the corpus is as long as it takes; what the process holds is looked at every ten seconds.
 *
 *     npm run test:soak
 *     npm run test:soak -- --seconds 600 --workers 1
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { textSource } from '../bench/corpora.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3600' },
    workers: { type: 'string', default: String(os.availableParallelism()) },
    every: { type: 'string', default: '60' },
  },
});
const root = fileURLToPath(new URL('../../', import.meta.url));
const seconds = Number(values.seconds);
const MIB = 2 ** 20;

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-soak-'));
try {
  const child = spawn(
    process.execPath,
    [
      path.join(root, 'bin/neuroprobe.js'),
      ...['profile', path.join(root, 'fixtures/llama-shakespeare'), '-', '-o', path.join(folder, 'out')],
      ...['--quiet', '--workers', values.workers, '--checkpoint-every', values.every],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'close');
  const samples = [];
  const began = performance.now();
  const fed = feed(child.stdin, () => performance.now() - began < 1000 * seconds);
  while (performance.now() - began < 1000 * seconds && child.exitCode === null) {
    await sleep(10_000);
    samples.push(residentBytes(child.pid));
  }
  const documents = await fed;
  const [code] = await ended;
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  const { peak_rss_bytes } = JSON.parse(readFileSync(path.join(folder, 'out/run.json'), 'utf8'));
  // The first tenth is warming up: heaps fill, and the engine learns what is hot.
  const early = Math.max(...samples.slice(0, Math.ceil(samples.length / 10)));
  const late = Math.max(...samples.slice(-Math.ceil(samples.length / 10)));
  const allowed = Math.max(0.05 * early, 32 * MIB);
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  console.log(
    `${documents} documents in ${seconds} s: ${mib(early)} at most in the first tenth, ${mib(late)} in the last ` +
      `(${mib(allowed)} more allowed); peak with the writing ${mib(peak_rss_bytes)}`,
  );
  if (late - early > allowed) {
    console.log('FAILED: memory grows');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function feed(stream, goesOn) {
  const next = textSource(4);
  let documents = 0;
  stream.on('error', () => {}); // a run that ended early says so itself
  while (goesOn() && !stream.destroyed) {
    const lines = [];
    for (let i = 0; i < 100; i++)
      lines.push(`${JSON.stringify({ id: `d${documents + i}`, text: next() })}\n`);
    documents += lines.length;
    if (!stream.write(lines.join('')))
      await once(stream, 'drain', { signal: AbortSignal.timeout(10_000) }).catch(() => {});
  }
  stream.end();
  return documents;
}

function residentBytes(pid) {
  try {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
  } catch {
    return 0; // it has just ended
  }
}
