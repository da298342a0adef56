/*
 * `npm run bench:explain`: nanoseconds an activation costs in the kernel without `--explain`, with positions, and with
 * positions, tokens and previous tokens: one layer of 3,072 neurons, batches of eight windows of 128 tokens, ids
 * distributed as words are (Zipf) over a vocabulary of 8,192. The kernels take the same batches in turn, so a slower
 * moment of the machine falls on all of them; what counts is the difference, batch by batch.
 */
import { layerAccumulator } from '../../dist/accumulate/layer-state.js';
import { simdKernel } from '../../dist/kernel/simd-kernel.js';
import { median } from './table.js';

const NEURONS = 3072;
const TOKENS = 128;
const WINDOWS = 8;
const ROWS = TOKENS * WINDOWS;
const VOCABULARY = 8192;
const WARM = 60;
const TIMED = 60;

const settings = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  ...{ k: 20, bottom: false, around: 16, distinct: 'document', per: 'token' },
  ...{ random: 0, bands: 0, seed: 0 },
};
const asked = { none: undefined, position: ['position'], all: ['position', 'token', 'previous'] };
const subjects = Object.entries(asked).map(([name, explain]) => {
  const own = explain === undefined ? settings : { ...settings, explain };
  const kernel = simdKernel({ settings: own, neurons: [NEURONS], rows: ROWS, windows: WINDOWS });
  return { name, kernel, state: layerAccumulator(own).empty(NEURONS), times: [] };
});

let seed = 1;
const uniform = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
const values = new Float32Array(ROWS * NEURONS + 100_000).map(
  () => uniform() + uniform() + uniform() + uniform() - 2,
);

for (let b = 0; b < WARM + TIMED; b++) {
  const input = batch(b);
  for (const { kernel, state, times } of subjects) {
    const from = (b * 1777) % 100_000;
    kernel.activations(0, ROWS).set(values.subarray(from, from + ROWS * NEURONS));
    const started = performance.now();
    kernel.add(0, state, input);
    times.push(((performance.now() - started) * 1e6) / (ROWS * NEURONS));
  }
}

const [none, ...others] = subjects.map(({ name, times }) => ({ name, times: times.slice(WARM) }));
console.log(`without: median ${median(none.times).toFixed(3)} ns an activation`);
for (const { name, times } of others) {
  const more = times.map((time, i) => time - none.times[i]).sort((a, b) => a - b);
  const at = (share) => more[Math.floor(share * (more.length - 1))].toFixed(3);
  console.log(`${name}: median ${at(0.5)} ns more (quartiles ${at(0.25)} to ${at(0.75)})`);
}

function batch(number) {
  const windows = Array.from({ length: WINDOWS }, (_, w) => w);
  return {
    length: TOKENS,
    runs: Int32Array.from(windows.flatMap((w) => [w, 0, TOKENS])),
    places: windows.map((w) => ({
      ...{ file: 0, record: number * WINDOWS + w, window: 0, line: 1, startByte: 0, id: null, textKey: '' },
      // An id of rank r in proportion to 1 / r.
      ids: Int32Array.from({ length: TOKENS }, () => Math.floor(VOCABULARY ** uniform()) - 1),
      tokenIndex: Int32Array.from({ length: TOKENS }, (_, i) => i),
      before: -1,
      span: () => null,
    })),
  };
}
