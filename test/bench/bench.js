/*
 * `npm run bench`: what profiling costs beside the bare forward pass. Programs run in turn, several rounds of
 * them; a ratio is the median of the rounds' own ratios, so that a slow minute of the machine slows both sides.
 *
 *     npm run bench                             all of it: an hour and a half on two cores
 *     npm run bench -- --json                   one object for scripts
 *     npm run bench -- --only kernel,llama      some parts: kernel, gpt2, llama, labels, neurons, memory
 *     npm run bench -- --programs bare,profile  of those that profile is compared with (profile always among them)
 *     npm run bench -- --rounds 1 --tokens 20000 --python PATH
 *
 * The peer in PyTorch runs where `--python` (or PYTHON, or python3) has torch and NEUROPROBE_SHARED or ../shared
 * has peers/torch_hooks.py; else its row says why not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchLabels } from './labelled.js';
import { benchGpt2, benchLlama } from './models.js';
import { benchNeurons } from './neurons.js';
import { printTable } from './table.js';
import { runScript } from './programs.js';

const PARTS = {
  kernel: () => runScript('kernel.js', ['--json']),
  gpt2: benchGpt2,
  llama: benchLlama,
  labels: benchLabels,
  neurons: benchNeurons,
  memory: () => runScript('memory.js', ['--json']),
};

/** What profile is compared with on a model. */
const PROGRAMS = ['bare', 'profile', 'with_head', 'with_head_best', 'one_worker', 'torch'];

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '108000' },
    programs: { type: 'string', default: PROGRAMS.join(',') },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
  },
});
const asked = values.only.split(',');
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined)
  throw new Error(`no part "${unknown}": there are ${Object.keys(PARTS).join(', ')}`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-bench-'));
const settings = {
  folder,
  rounds: Number(values.rounds),
  tokens: Number(values.tokens),
  python: values.python,
  programs: values.programs.split(','),
};
try {
  const found = {};
  for (const name of asked) {
    console.error(`${new Date().toTimeString().slice(0, 8)} ${name}`);
    found[name] = await PARTS[name](settings);
  }
  const result = { machine: machine(), ratios: ratiosOf(found), ...found };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else printTable(result);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function machine() {
  const [{ model }] = os.cpus();
  return {
    processor: model,
    cores: os.availableParallelism(),
    node: process.versions.node,
    load: os.loadavg()[0],
  };
}

/** The figures that claims are made of; null where their part did not run. */
function ratiosOf({ kernel, gpt2, llama, labels, memory }) {
  return {
    profile_over_bare: gpt2?.ratios.profile_over_bare ?? null,
    profile_over_with_head: gpt2?.ratios.profile_over_with_head ?? null,
    profile_over_with_head_best: gpt2?.ratios.profile_over_with_head_best ?? null,
    profile_over_torch_hooks: gpt2?.ratios.profile_over_torch_hooks ?? null,
    two_workers_over_one: gpt2?.ratios.two_workers_over_one ?? null,
    accumulation_over_typescript: kernel?.simd_over_reference ?? null,
    kernel_ns_per_activation: kernel?.simd ?? null,
    kernel_over_tiled: kernel?.simd_over_tiled ?? null,
    small_over_bare: llama?.ratios.profile_over_bare ?? null,
    labels_over_plain: labels?.labels_over_plain ?? null,
    time_10x_over_1x: memory?.time_10x_over_1x ?? null,
    rss_10x_over_1x: memory?.rss_10x_over_1x ?? null,
  };
}
