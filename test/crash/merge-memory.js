/*
 * `npm run test:merge`: what a merge of many large states takes. Makes states of 200,000 neurons in 50 layers, as
 * many shards as asked for, and merges them in a process of its own, whose peak memory must stay under 1 GB.
 *
 *     npm run test:merge
 *     npm run test:merge -- --states 32 --layers 50 --neurons 4000
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { layerAccumulator } from '../../dist/accumulate/layer-state.js';
import { layerBytes } from '../../dist/profile/state/layer-bytes.js';
import { StateWriter } from '../../dist/profile/state/state-file.js';
import { accumulatorsOf } from '../../dist/run/identity.js';
import { processorKind } from '../../dist/run/processor.js';
import { generator } from '../bench/random.js';

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '32' },
    layers: { type: 'string', default: '50' },
    neurons: { type: 'string', default: '4000' },
  },
});
const [states, layers, neurons] = [values.states, values.layers, values.neurons].map(Number);
const BIN = fileURLToPath(new URL('../../bin/neuroprobe.js', import.meta.url));
const LIMIT = 1e9;

const settings = {
  ...{ top: 20, bottom: false, around: 16, distinct: 'document', per: 'token' },
  ...{ active_above: 0, sketch_range: [-11, 7], limit: null, on_bad_record: 'fail', context: 256 },
};
const columns = Int32Array.from({ length: neurons }, (_, j) => j);
const LENGTH = 40;

const folder = mkdtempSync(path.join(os.tmpdir(), 'neuroprobe-merge-'));
try {
  for (let shard = 0; shard < states; shard++) await writeState(shard);
  const output = path.join(folder, 'merged');
  const began = performance.now();
  const merged = spawnSync(
    process.execPath,
    [BIN, 'merge', path.join(folder, 'shards'), '-o', output, '--quiet'],
    {
      encoding: 'utf8',
    },
  );
  if (merged.status !== 0) throw new Error(`the merge ended with ${merged.status}:\n${merged.stderr}`);
  const { peak_rss_bytes } = JSON.parse(readFileSync(path.join(output, 'run.json'), 'utf8'));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${states} states of ${layers * neurons} neurons merged in ${seconds} s: ${(peak_rss_bytes / 1e6).toFixed(0)} MB at most`,
  );
  if (peak_rss_bytes > LIMIT) {
    console.log('FAILED: more than 1 GB');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A state of one block, of some windows of random activations. */
async function writeState(shard) {
  const directory = path.join(folder, 'shards', `shard-${shard}-of-${states}`);
  mkdirSync(directory, { recursive: true });
  const random = generator(shard + 1);
  const accumulators = accumulatorsOf({ settings });
  const accumulator = layerAccumulator(accumulators);
  const sites = Array.from({ length: layers }, (_, layer) => ({
    ...{ group: '', layer, d_model: 1024, d_mlp: neurons, activation: 'gelu', gated: false },
    ...{ tensor: `t${layer}`, neurons },
  }));
  const header = {
    format: 'neuroprobe-state',
    command: 'profile',
    processor: processorKind(),
    model: { path: 'model', files: [], tap: 'post', parameters: 0, layers_in_model: layers, sites },
    tokenizer: null,
    settings,
    corpus: [{ path: 'corpus.jsonl', size: states }],
    covered: {
      blocks: [[shard, 1]],
      digest: (shard + 1).toString(16).padStart(64, '0'),
      ...{ documents: 2, windows: 2, counted_tokens: 2 * LENGTH, rejects: {} },
    },
    files: [{ bytes: states, sha256: '0'.repeat(64), records: 2 * states, blocks: states }],
  };
  const state = accumulator.empty(neurons);
  const activations = Float32Array.from({ length: 2 * LENGTH * neurons }, () => random() / 2 ** 31 - 1);
  const places = [0, 1].map((w) => ({
    ...{
      file: 0,
      record: 2 * shard + w,
      window: 0,
      line: 2 * shard + w + 1,
      startByte: shard,
      id: null,
      textKey: '',
    },
    ids: Int32Array.from({ length: LENGTH }, () => random() % 50_000),
    tokenIndex: Int32Array.from({ length: LENGTH }, (_, i) => i),
    span: () => null,
  }));
  const runs = Int32Array.of(0, 0, LENGTH, 1, 0, LENGTH);
  const length = 2 * neurons;
  const windows = {
    ...{ max: new Float32Array(length), argmax: new Int32Array(length) },
    ...{ min: new Float32Array(length), argmin: new Int32Array(length) },
  };
  accumulator.add(state, { activations, neurons, length: LENGTH, runs, places, windows });
  const bytes = Buffer.from(layerBytes(state, columns));
  const writer = await StateWriter.begin(path.join(directory, 'state.bin'), header, null);
  for (let layer = 0; layer < layers; layer++) await writer.section(bytes);
  await writer.finish();
}
