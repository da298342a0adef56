/*
 * A child process for tests: exposes each .onnx file that its standard input
 * lists, a path a line, with the built code, and prints a line of JSON for each:
 * { file, ms, exit, message, sites } or { file, ms, bug }. With --load each
 * model that was exposed is loaded and run in ONNX Runtime too. The line
 * "> file" comes before, so that a hang or a native crash shows which it was;
 * the last line is the peak of memory, in bytes.
 */
import { readFileSync, writeSync } from 'node:fs';

const [{ openModel }, { allSites }, { exposeModel }, { openSession }, { UserError }] = await Promise.all(
  ['model/open-model', 'model/choose-sites', 'model/expose', 'model/session', 'core/errors'].map(
    (file) => import(new URL(`../../dist/${file}.js`, import.meta.url)),
  ),
);
const load = process.argv.includes('--load');
const say = (line) => writeSync(1, `${line}\n`);
/** Values of one neuron that a test can hold. */
const WIDEST = 1 << 20;

for (const file of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  say(`> ${file}`);
  const began = performance.now();
  const result = await outcome(file).catch(failure);
  say(JSON.stringify({ file, ms: performance.now() - began, ...result }));
}
say(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024 }));

async function outcome(file) {
  const { exposure, sites, parameters } = exposeModel(openModel(file), allSites());
  const widths = exposure.outputs.map(({ site }) => site.dMlp);
  const sane =
    widths.length > 0 &&
    [...widths, parameters].every((count) => Number.isSafeInteger(count) && count > 0) &&
    exposure.modelBytes.length > 0;
  if (!sane) return { bug: `an answer that cannot be: ${JSON.stringify({ widths, parameters })}` };
  if (load && Math.max(...widths) <= WIDEST) await run(exposure, file, widths);
  return { exit: 0, sites: sites.length };
}

async function run(exposure, path, widths) {
  const session = await openSession(exposure, { threads: 1, device: 'cpu', path });
  const length = exposure.fixedSequence ?? 4;
  const sequences = Array.from({ length: exposure.fixedBatch ?? 1 }, () => ({
    ids: Int32Array.from({ length }, (_, i) => i),
    attentionMask: null,
  }));
  const into = widths.map((width) => new Float32Array(width * length * sequences.length));
  await session.run({ sequences, length }, into);
  await session.close();
}

function failure(error) {
  if (error instanceof UserError) return { exit: error.exit, message: error.message };
  return { bug: error instanceof Error ? error.stack : String(error) };
}
