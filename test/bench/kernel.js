/*
 * `npm run bench:kernel`: nanoseconds an activation costs in the SIMD kernel, in a plain tiled one
 * (baseline/tiled.ts) and in the reference: one layer of 3,072 neurons, batches of eight windows of 128 tokens,
 * all accumulators and examples on. The kernels take the same batches in turn, so a slower moment of the machine
 * falls on all of them, and must come to the same state.
 *
 * First batches fill the examples' heaps, which costs ten times the rest; they are shown apart. What is timed
 * after them is a state that has seen 2,400 documents.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { layerAccumulator } from '../../dist/accumulate/layer-state.js';
import { referenceKernel } from '../../dist/kernel/reference-kernel.js';
import { simdKernel } from '../../dist/kernel/simd-kernel.js';
import { tiledKernel } from './baseline/tiled-kernel.js';
import { median } from './table.js';

const NEURONS = 3072;
const TOKENS = 128;
const WINDOWS = 8;
const ROWS = TOKENS * WINDOWS;
const WARM = 300;
const TIMED = 60;
/** Of the timed batches, so many are the reference's too: it takes 15 times as long. */
const REFERENCE_TIMED = 7;

const settings = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  k: 20,
  bottom: false,
  around: 16,
  distinct: 'document',
  per: 'token',
};
const room = { settings, neurons: [NEURONS], rows: ROWS, windows: WINDOWS };
const subjects = [
  ['simd', simdKernel(room), WARM + TIMED],
  ['tiled', tiledKernel(buildTiled(), room), WARM + TIMED],
  ['reference', referenceKernel(room), REFERENCE_TIMED],
].map(([name, kernel, batches]) => {
  return { name, kernel, batches, state: layerAccumulator(settings).empty(NEURONS), times: [] };
});
const [simd, tiled, reference] = subjects;

const values = ordinary(ROWS * NEURONS + 100_000);
for (let b = 0; b < WARM + TIMED; b++) {
  for (const subject of subjects) if (b < subject.batches) measure(subject, b);
  if (b === REFERENCE_TIMED - 1) assertSame(simd, reference);
}
assertSame(simd, tiled);

const steady = {
  simd: simd.times.slice(WARM),
  tiled: tiled.times.slice(WARM),
  reference: reference.times.slice(2),
};
const over = (other, from) => median(other.map((time, i) => simd.times[from + i] / time));
const simdOverTiled = over(steady.tiled, WARM);
if (process.argv.includes('--json')) {
  const medians = Object.entries(steady).map(([name, times]) => [name, median(times)]);
  console.log(
    JSON.stringify({
      ...Object.fromEntries(medians),
      simd_over_tiled: simdOverTiled,
      simd_over_reference: over(steady.reference, 2),
    }),
  );
} else {
  console.log('filling the heaps, first batch:');
  for (const { name, times } of subjects) console.log(`  ${name}: ${times[0].toFixed(1)} ns an activation`);
  console.log(`after ${WARM * WINDOWS} documents (reference: its last batches):`);
  for (const [name, times] of Object.entries(steady)) print(name, times);
  console.log(`simd / tiled, batch by batch: median ${simdOverTiled.toFixed(3)}`);
}

function measure({ kernel, state, times }, number) {
  // Another stretch of the values each time, so that extremes and examples move on.
  const from = (number * 1777) % 100_000;
  kernel.activations(0, ROWS).set(values.subarray(from, from + ROWS * NEURONS));
  const input = batch(number);
  const started = performance.now();
  kernel.add(0, state, input);
  times.push(((performance.now() - started) * 1e6) / (ROWS * NEURONS));
}

/** All but the order within heaps is equal in every kernel. */
function assertSame(a, b) {
  for (const { kernel, state } of [a, b]) kernel.flush(0, state);
  for (const part of ['counts', 'moments', 'sketch', 'max', 'min']) {
    assert.deepEqual(a.state[part], b.state[part], `${part} of ${a.name} and ${b.name}`);
  }
}

function print(name, times) {
  const [least, most] = [Math.min(...times), Math.max(...times)].map((time) => time.toFixed(2));
  console.log(`  ${name}: median ${median(times).toFixed(2)} ns an activation (${least} to ${most})`);
}

function buildTiled() {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  mkdirSync(`${root}dist/bench`, { recursive: true });
  const wasm = `${root}dist/bench/tiled.wasm`;
  const options = '-O3 --enable simd --runtime stub --importMemory --memoryBase 1024 --noAssert';
  const compiler = `${root}node_modules/assemblyscript/bin/asc.js`;
  execFileSync(process.execPath, [
    compiler,
    `${root}test/bench/baseline/tiled.ts`,
    '-o',
    wasm,
    ...options.split(' '),
  ]);
  return wasm;
}

/** Sums of four even values: something like what neurons do, from a seed. */
function ordinary(length) {
  let seed = 1;
  return new Float32Array(length).map(() => {
    let sum = 0;
    for (let n = 0; n < 4; n++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      sum += seed / 2 ** 32 - 0.5;
    }
    return sum;
  });
}

function batch(number) {
  const windows = Array.from({ length: WINDOWS }, (_, w) => w);
  return {
    length: TOKENS,
    runs: Int32Array.from(windows.flatMap((w) => [w, 0, TOKENS])),
    places: windows.map((w) => ({
      file: 0,
      record: number * WINDOWS + w,
      window: 0,
      line: 1,
      startByte: 0,
      id: null,
      textKey: '',
      ids: new Int32Array(TOKENS),
      tokenIndex: new Int32Array(TOKENS),
      span: () => null,
    })),
  };
}
