/* The programs that the benchmark compares, each run in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBlocks } from '../../dist/corpus/read-blocks.js';
import { batchesOf } from '../../dist/run/block-batches.js';
import { withDefaults } from '../../dist/run/defaults.js';
import { planRun } from '../../dist/run/plan.js';
import { workerSetup } from '../../dist/run/worker-setup.js';

/** The repository, where programs run. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
const BARE = fileURLToPath(new URL('baseline/bare.js', import.meta.url));

/** Runs `neuroprobe profile`, and gives what run.json says of it. */
export async function runProfile(model, corpus, output, args = []) {
  const { args: command } = profileProgram(model, corpus, output, args);
  const ended = await run(process.execPath, command);
  const told = runJsonOf(output);
  return { ...told, rate: told.tokens_per_second, whole: ended.seconds };
}

/** The same, for runInTurns. */
export function profileProgram(model, corpus, output, args = []) {
  const command = ['bin/neuroprobe.js', 'profile', model, corpus, '-o', output, '--force', '--quiet'];
  const measured = () => {
    const told = runJsonOf(output);
    const from = Date.parse(told.started) + 1000 * told.seconds.loading;
    const to = from + 1000 * told.seconds.running;
    return { ...told, from, to, tokens: told.tokens_per_second * told.seconds.running };
  };
  return { command: process.execPath, args: [...command, ...args], measured };
}

function runJsonOf(output) {
  return JSON.parse(readFileSync(path.join(output, 'run.json'), 'utf8'));
}

/**
 * Writes the jobs of baseline/bare.js for the graph that a profile runs, and for the model with its head: the
 * very batches of the profile, block after block.
 */
export async function writeJobs(model, corpus, folder, { withHead, blockSize, workers = 2 }) {
  const plan = await planRun(withDefaults({ model, corpus: [corpus], blockSize }));
  const { exposure } = plan;
  const batches = [];
  let tokens = 0;
  let fed = 0;
  const { maxLineBytes, limit } = plan.request;
  const reading = { blockSize, maxLineBytes, limit, onRead: () => {} };
  for await (const block of readBlocks(plan.corpus, reading)) {
    for (const { sequences, length } of batchesOf(block, workerSetup(plan), plan.tokens).batches) {
      batches.push(sequences.map(({ ids }) => [...ids]));
      tokens += sequences.reduce((sum, { ids }) => sum + ids.length, 0);
      fed += sequences.length * length;
    }
  }
  const exposed = path.join(folder, 'exposed.onnx');
  writeFileSync(exposed, exposure.modelBytes);
  const job = (name, of) => {
    const file = path.join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ workers, threads: 1, batches, ...of }));
    return file;
  };
  const outputs = exposure.outputs.map(({ output, site }) => ({ name: output, width: site.dMlp }));
  return {
    bare: job('bare', {
      model: exposed,
      externalFolder: exposure.externalFolder,
      noCopy: exposure.noCopy,
      outputs,
    }),
    // As a program is that knows nothing of us: one session with all cores, outputs made anew by each run.
    withHead: job('with-head', {
      ...{ externalFolder: null, noCopy: null, workers: 1, threads: os.availableParallelism() },
      ...{ model: withHead.model, outputs: null },
    }),
    // And as fast as we know how.
    withHeadBest: job('with-head-best', {
      ...{ externalFolder: null, noCopy: withHead.noCopy },
      ...{ model: withHead.quiet, outputs: withHead.outputs },
    }),
    padding: 1 - tokens / fed,
    activationsPerToken: outputs.reduce((sum, { width }) => sum + width, 0),
  };
}

/** Tokens a second of a job that writeJobs wrote. */
export async function runBare(job) {
  const { text } = await run(process.execPath, [BARE, job]);
  const { tokens, seconds } = JSON.parse(text);
  return tokens / seconds;
}

/** The same, for runInTurns. */
export function bareProgram(job) {
  // It prints as soon as it has measured.
  const measured = (text, printed) => {
    const { tokens, seconds } = JSON.parse(text);
    return { tokens, from: printed - 1000 * seconds, to: printed };
  };
  return { command: process.execPath, args: [BARE, job], measured };
}

/** The peer in PyTorch: its figures, or a sentence that says why there are none. */
export async function runHooks(python) {
  const shared = process.env.NEUROPROBE_SHARED ?? path.join(root, '../shared');
  const script = path.join(shared, 'peers/torch_hooks.py');
  if (!existsSync(script)) return { reason: `no ${script}` };
  try {
    await run(python, ['-c', 'import torch']);
  } catch {
    return { reason: `${python} has no torch` };
  }
  const { text } = await run(python, [script, '--repeat', '1', '--tokens', '16384', '--threads', '2']);
  return JSON.parse(text);
}

/** What another of these scripts prints with `--json`. */
export async function runScript(name, args) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { text } = await run(process.execPath, [script, ...args]);
  return JSON.parse(text);
}

async function run(command, args) {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  child.stdout.on('data', (part) => (text += part));
  child.stderr.on('data', (part) => (errors += part));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}: ${errors.slice(-400)}`);
  return { text, seconds: (performance.now() - started) / 1000 };
}
