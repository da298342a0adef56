/*
 * The least host for tiled.wasm: one layer whose neurons fill whole tiles. Around the WASM passes it does what
 * the kernel's host does, with the same accumulators, so that only the passes differ.
 */
import { readFileSync } from 'node:fs';
import { binCount, halfBins } from '../../../dist/accumulate/bin-of.js';
import { addCounters } from '../../../dist/accumulate/counters.js';
import { accumulatorsOf } from '../../../dist/accumulate/layer-state.js';
import { addSums } from '../../../dist/accumulate/moments.js';

const TILE = 16;
const PAGE = 65536;
const KINDS = ['zero', 'positive', 'active', 'nan', 'positiveInfinity', 'negativeInfinity'];

export function tiledKernel(wasm, { settings, neurons: [neurons], rows, windows }) {
  const bins = binCount(settings.sketchRange);
  const cells = windows * neurons;
  const memory = new WebAssembly.Memory({
    initial: Math.ceil((rows * neurons * 4 + neurons * (bins * 4 + 64) + cells * 16 + 2 ** 20) / PAGE),
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm)), {
    env: { memory },
  });
  let next = 4096;
  const take = (Type, length) => {
    const array = new Type(memory.buffer, next, length);
    next += Math.ceil(array.byteLength / 64) * 64;
    return array;
  };
  const counters = take(Uint32Array, neurons * bins);
  const activations = take(Float32Array, rows * neurons);
  const scratch = take(Uint8Array, exports.scratchBytes());
  const runs = take(Int32Array, rows * 3);
  const sums = take(Float64Array, 4 * neurons);
  const counts = take(Uint32Array, 8 * neurons);
  const extremes = {
    max: take(Float32Array, cells),
    argmax: take(Int32Array, cells),
    min: take(Float32Array, cells),
    argmin: take(Int32Array, cells),
  };
  const accumulators = accumulatorsOf(settings);

  return {
    activations: (_, used) => activations.subarray(0, used * neurons),
    add(_, into, batch) {
      begin(batch);
      exports.add(runs.byteOffset, batch.runs.length / 3, batch.length);
      addCounts(into, batch);
      addSums(into.moments, sums, neurons);
      const whole = { ...batch, activations, neurons, windows: extremes };
      for (const part of ['max', 'min', 'top']) accumulators[part].add(into[part], whole);
    },
    flush(_, { sketch }) {
      for (let j = 0; j < neurons; j++) {
        const column = (j - (j % TILE)) * bins + (j % TILE);
        for (let bin = 0; bin < bins; bin++) sketch.bins[j * bins + bin] += counters[column + bin * TILE];
      }
      counters.fill(0);
    },
  };

  function begin(batch) {
    runs.set(batch.runs);
    sums.fill(0);
    counts.fill(0);
    extremes.max.fill(-Infinity);
    extremes.min.fill(Infinity);
    extremes.argmax.fill(-1);
    extremes.argmin.fill(-1);
    const { low, high } = settings.sketchRange;
    exports.layer(
      activations.byteOffset,
      neurons,
      neurons,
      scratch.byteOffset,
      counters.byteOffset,
      bins,
      (127 + low) << 4,
      halfBins(settings.sketchRange),
      (127 + high) << 23,
      settings.activeAbove,
    );
    const { max, argmax, min, argmin } = extremes;
    exports.results(...[sums, counts, max, argmax, min, argmin].map((array) => array.byteOffset));
  }

  function addCounts({ counts: into, sketch }, batch) {
    const of = (kind) => counts.subarray(kind * neurons, (kind + 1) * neurons);
    for (let r = 0; r < batch.runs.length; r += 3) into.tokens += batch.runs[r + 2] - batch.runs[r + 1];
    KINDS.forEach((kind, i) => (into[kind] = addCounters(into[kind], of(i), into.tokens)));
    sketch.tokens = into.tokens;
    sketch.clampedLow = addCounters(sketch.clampedLow, of(6), sketch.tokens);
    sketch.clampedHigh = addCounters(sketch.clampedHigh, of(7), sketch.tokens);
  }
}
