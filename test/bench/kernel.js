/*
 * `npm run bench:kernel`: nanoseconds an activation costs, by the SIMD kernel and by its reference, in turn:
 * one layer of 3,072 neurons, batches of eight windows of 128 tokens, all accumulators and examples on.
 */
import { layerAccumulator } from '../../dist/accumulate/layer-state.js';
import { referenceKernel } from '../../dist/kernel/reference-kernel.js';
import { simdKernel } from '../../dist/kernel/simd-kernel.js';

const NEURONS = 3072;
const TOKENS = 128;
const WINDOWS = 8;
const ROWS = TOKENS * WINDOWS;
const ROUNDS = 5;

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
const kernels = { simd: [simdKernel(room), 20], reference: [referenceKernel(room), 3] };

const times = { simd: [], reference: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, [kernel, batches]] of Object.entries(kernels)) times[name].push(measure(kernel, batches));
}
for (const [name, found] of Object.entries(times)) {
  const sorted = found.sort((a, b) => a - b);
  console.log(
    `${name}: median ${sorted[ROUNDS >> 1].toFixed(2)} ns an activation (${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)})`,
  );
}

function measure(kernel, batches) {
  const state = layerAccumulator(settings).empty(NEURONS);
  fill(kernel.activations(0, ROWS));
  kernel.add(0, state, batch(0)); // warms up, and fills the heaps
  const started = performance.now();
  for (let b = 1; b <= batches; b++) kernel.add(0, state, batch(b));
  return ((performance.now() - started) * 1e6) / (batches * ROWS * NEURONS);
}

/** Sums of four even values: something like what neurons do, from a seed. */
function fill(activations) {
  let seed = 1;
  for (let i = 0; i < activations.length; i++) {
    let sum = 0;
    for (let n = 0; n < 4; n++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      sum += seed / 2 ** 32 - 0.5;
    }
    activations[i] = sum;
  }
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
