/*
 * `npm run bench:memory`: does memory grow with the corpus? Profiles a corpus of
 * different documents and one of ten times as many (each run over a minute), and
 * prints the peak memory of both. Documents are shuffled sentences of the bundled
 * speeches, from a seed, so no two are alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTexts } from './corpora.js';
import { runProfile } from './programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-bench-'));
const [count = '80000'] = process.argv.slice(2).filter((argument) => argument !== '--json');
const json = process.argv.includes('--json');
const documents = Number(count);
const MIB = 2 ** 20;
/** What may come on top of the smaller run: 5 %, or 32 MB. */
const ALLOWED_SHARE = 0.05;
const ALLOWED_BYTES = 32e6;

if (!json)
  console.log(`profiling ${documents} documents, then ten times as many: a quarter of an hour on two cores`);
try {
  const small = await measure(documents);
  const large = await measure(10 * documents);
  const growth = large.peak - small.peak;
  const allowed = Math.max(ALLOWED_SHARE * small.peak, ALLOWED_BYTES);
  if (json) {
    console.log(
      JSON.stringify({
        peak_1x: small.peak,
        peak_10x: large.peak,
        rss_10x_over_1x: large.peak / small.peak,
        seconds_1x: small.running,
        seconds_10x: large.running,
        time_10x_over_1x: large.running / small.running,
        allowed_growth: allowed,
      }),
    );
  } else {
    console.log(
      `growth of the peak with ten times the documents: ${(growth / MIB).toFixed(1)} MiB ` +
        `(${((100 * growth) / small.peak).toFixed(1)} %), allowed ${(allowed / MIB).toFixed(1)} MiB`,
    );
    console.log(`running time: ${(large.running / small.running).toFixed(2)} times as long`);
    process.exitCode = growth <= allowed ? 0 : 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Profiles `count` documents and tells the peak of the process' resident memory. */
async function measure(count) {
  const corpus = path.join(folder, `${count}.jsonl`);
  await writeTexts(corpus, count);
  const output = path.join(folder, `${count}.profile`);
  const model = path.join(root, 'fixtures/llama-shakespeare');
  const { peak_rss_bytes: peak, seconds, whole } = await runProfile(model, corpus, output);
  if (!json) console.log(`${count} documents: ${whole.toFixed(0)} s, peak ${(peak / MIB).toFixed(1)} MiB`);
  return { peak, running: seconds.running };
}
