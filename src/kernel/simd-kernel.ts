import { readFileSync } from 'node:fs';
import { countedRows, type Batch } from '../accumulate/accumulator.js';
import { binCount, EXPONENT_BIAS, halfBins } from '../accumulate/bin-of.js';
import { documentLogOf } from '../accumulate/concepts.js';
import { addCounters, widened } from '../accumulate/counters.js';
import {
  accumulatorsOf,
  addColumns,
  addOthers,
  type AccumulatorSettings,
  type LabelMeans,
  type LayerState,
} from '../accumulate/layer-state.js';
import { addSums } from '../accumulate/moments.js';
import type { SpanLoops } from '../accumulate/span-loops.js';
import { spanMeans, spillSpans } from '../accumulate/spans.js';
import type { SumRows } from '../accumulate/sum-rows.js';
import { Exit, UserError } from '../core/errors.js';
import { cutRuns } from './cut-runs.js';
import type { Kernel, KernelBatch, KernelRoom } from './kernel.js';
import { simdSpanLoops, spanLoopBytes, type SpanExports } from './simd-span-loops.js';

/** What assembly/kernel.ts exports; its parameters are explained there. */
interface Exports extends SpanExports {
  scratchBytes(): number;
  layer(...parameters: number[]): void;
  results(...parameters: number[]): void;
  add(runs: number, runCount: number, length: number, first: number, last: number): void;
  sumRows(activations: number, rows: number, count: number, neurons: number, into: number): void;
}

const TILE = 16;
/**
 * Columns that go from their activations to their examples at a time: contexts are read, a column across some rows,
 * while the kernel has just had these rows in the cache. A multiple of the kernel's groups.
 */
const STRIP = 128;
const PAGE = 65536;
/** Where the kernel's own data may lie. */
const BASE = 4096;
/** What reads past the last row of activations: one tile. */
const SLACK = TILE * 4;
/** What a WASM memory may have, and how much of one several layers fill. */
const MEMORY_BYTES = 4 * 2 ** 30;
const MOST_BYTES = 3.75 * 2 ** 30;
/** Counters have 16 bits: this many rows cannot overflow one. */
const MOST_ROWS = 65535;
/** Kinds of counts, in the order of the kernel. */
const KINDS = ['zero', 'positive', 'active', 'nan', 'positiveInfinity', 'negativeInfinity'] as const;

/** Built by `npm run build`, whether this file runs from src or from dist. */
const WASM = new URL('../../dist/kernel/kernel.wasm', import.meta.url);

/** Whether the kernel can hold a neuron's bins: counter (bin, column) is numbered in 16 bits. */
export function fitsSimd({ sketchRange }: AccumulatorSettings): boolean {
  return binCount(sketchRange) * TILE <= 65536;
}

/**
 * The SIMD kernel over as few WASM memories as hold the layers, whole layers
 * each. Memories are sized before the first activation is written and never
 * grow: growing would take away what ONNX Runtime writes into.
 */
export function simdKernel(room: KernelRoom): Kernel {
  const module = new WebAssembly.Module(readFileSync(WASM));
  const groups: number[][] = [];
  let used = Infinity;
  room.neurons.forEach((_, layer) => {
    const bytes = layerBytes(room, layer);
    if (used + bytes > MOST_BYTES - sharedBytes(room)) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(layer);
    used += bytes;
  });
  const at = new Map<number, Instance>();
  for (const layers of groups) {
    const instance = new Instance(module, room, layers);
    for (const layer of layers) at.set(layer, instance);
  }
  return {
    activations: (layer, rows) => at.get(layer)!.activations(layer, rows),
    add: (layer, into, batch) => at.get(layer)!.add(layer, into, batch),
    flush: (layer, into) => at.get(layer)!.flush(layer, into),
  };
}

/** Bytes that a layer has of its own: counters and activations. */
function layerBytes({ settings, neurons, rows }: KernelRoom, layer: number): number {
  const width = neurons[layer]!;
  return aligned(padded(width) * binCount(settings.sketchRange) * 2) + aligned(rows * width * 4 + SLACK);
}

/** Bytes that layers take turns in: scratch, runs, results. */
function sharedBytes({ settings, neurons, rows, windows }: KernelRoom): number {
  const stride = padded(Math.max(0, ...neurons));
  return (
    2 ** 20 +
    aligned(rows * 12) +
    aligned(rows * 4) +
    stride * 8 +
    stride * (4 * 8 + 8 * 4) +
    4 * aligned(windows * stride * 4) +
    (settings.spans === undefined ? 0 : spanLoopBytes(rows))
  );
}

function padded(width: number): number {
  return Math.ceil(width / TILE) * TILE;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** One WASM memory and the layers in it. */
class Instance {
  private readonly room: KernelRoom;
  private readonly exports: Exports;
  private readonly memory: WebAssembly.Memory;
  private readonly counters = new Map<number, number>();
  private readonly outputs = new Map<number, number>();
  private readonly heldRows = new Map<number, number>();
  /** What labels of a state are added through, and not yet in it. */
  private readonly labelMeans = new WeakMap<LayerState, LabelMeans>();
  private readonly spanLoops: SpanLoops | null;
  private readonly accumulators: ReturnType<typeof accumulatorsOf>;
  private readonly threshold: number;
  private readonly scratch: number;
  private readonly runs: number;
  private readonly sums: number;
  private readonly counts: number;
  /** highs, highsAt, lows, lowsAt */
  private readonly extremes: number[];
  private next = BASE;

  constructor(module: WebAssembly.Module, room: KernelRoom, layers: readonly number[]) {
    const bytes = BASE + sharedBytes(room) + layers.reduce((sum, layer) => sum + layerBytes(room, layer), 0);
    if (bytes > MEMORY_BYTES) throw tooLarge(room, bytes);
    const pages = Math.ceil(bytes / PAGE);
    this.room = room;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.threshold = floorToFloat(room.settings.activeAbove);
    const stride = padded(Math.max(0, ...room.neurons));
    for (const layer of layers) {
      const width = room.neurons[layer]!;
      this.counters.set(layer, this.take(padded(width) * binCount(room.settings.sketchRange) * 2));
      this.outputs.set(layer, this.take(room.rows * width * 4 + SLACK));
      this.heldRows.set(layer, 0);
    }
    this.scratch = this.take(this.exports.scratchBytes());
    this.runs = this.take(room.rows * 12);
    this.sums = this.take(stride * 4 * 8);
    this.counts = this.take(stride * 8 * 4);
    this.accumulators = accumulatorsOf(room.settings, this.sumRows(stride));
    this.extremes = Array.from({ length: 4 }, () => this.take(room.windows * stride * 4));
    this.spanLoops = this.openSpanLoops();
  }

  activations(layer: number, rows: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.outputs.get(layer), rows * this.room.neurons[layer]!);
  }

  add(layer: number, into: LayerState, given: KernelBatch): void {
    const { length, runs, places } = given;
    const { settings } = this.room;
    const { sketchRange } = settings;
    const neurons = this.room.neurons[layer]!;
    const stride = padded(neurons);
    const batch: Batch = {
      ...given,
      activations: this.activations(layer, places.length * length),
      neurons,
      windows: this.windows(places.length, stride, stride),
    };
    const rows = countedRows(batch);
    this.expect(into, rows);
    this.begin(places.length, stride);
    this.exports.layer(
      this.outputs.get(layer)!,
      neurons,
      stride,
      this.scratch,
      this.counters.get(layer)!,
      binCount(sketchRange),
      (EXPONENT_BIAS + sketchRange.low) << 4,
      halfBins(sketchRange),
      (EXPONENT_BIAS + sketchRange.high) << 23,
      this.threshold,
    );
    this.exports.results(this.sums, this.counts, ...this.extremes);
    const parts = cutRuns(runs, MOST_ROWS);
    // Extremes of a window lie as accumulators read them where no tile is filled up, and are whole after the last part.
    const strip = parts.length === 1 && neurons === stride ? STRIP : stride;
    for (let first = 0; first < stride; first += strip) {
      const last = Math.min(stride, first + strip);
      for (const part of parts) {
        if (first === 0) this.hold(layer, into, part.rows);
        new Int32Array(this.memory.buffer, this.runs, part.runs.length).set(part.runs);
        this.exports.add(this.runs, part.runs.length / 3, length, first, last);
      }
      if (last === stride) batch.windows = this.windows(places.length, neurons, stride);
      addColumns(this.accumulators, into, batch, first, Math.min(last, neurons));
    }

    this.addCounts(into, neurons, stride);
    const sums = new Float64Array(this.memory.buffer, this.sums, 4 * stride);
    addSums(into.moments, sums, neurons, stride);
    addOthers(this.accumulators, into, batch, this.meansOf(into));
  }

  /** Makes the 16-bit counters ready for so many rows more. */
  private hold(layer: number, into: LayerState, rows: number): void {
    const held = this.heldRows.get(layer)! + rows;
    if (held > MOST_ROWS) this.flushCounters(layer, into);
    this.heldRows.set(layer, held > MOST_ROWS ? rows : held);
  }

  flush(layer: number, into: LayerState): void {
    const means = this.labelMeans.get(into);
    means?.documents?.spill();
    if (means?.spans != null) spillSpans(means.spans);
    this.flushCounters(layer, into);
  }

  /** Adds the 16-bit counters to the state's bins, which have more. */
  private flushCounters(layer: number, { sketch }: LayerState): void {
    if (this.heldRows.get(layer) === 0) return;
    this.heldRows.set(layer, 0);
    const neurons = this.room.neurons[layer]!;
    const bins = binCount(this.room.settings.sketchRange);
    const held = new Uint16Array(this.memory.buffer, this.counters.get(layer), padded(neurons) * bins);
    for (let j = 0; j < neurons; j++) {
      // Counter (tile, bin, column).
      let from = (j - (j % TILE)) * bins + (j % TILE);
      for (let bin = j * bins; bin < (j + 1) * bins; bin++) {
        sketch.bins[bin]! += held[from]!;
        from += TILE;
      }
    }
    held.fill(0);
  }

  /** Sums rows of activations that lie in this memory. */
  private sumRows(stride: number): SumRows {
    const { rows: most } = this.room;
    const [listed, summed] = [this.take(most * 4), this.take(stride * 8)];
    const list = new Int32Array(this.memory.buffer, listed, most);
    const sums = new Float64Array(this.memory.buffer, summed, stride);
    return (activations, rows, first, end, neurons) => {
      for (let r = first; r < end; r++) list[r - first] = rows[r]!;
      this.exports.sumRows(activations.byteOffset, listed, end - first, neurons, summed);
      return sums;
    };
  }

  private openSpanLoops(): SpanLoops | null {
    const { rows, settings } = this.room;
    if (settings.spans === undefined) return null;
    const room = { rows, range: settings.sketchRange };
    return simdSpanLoops(this.exports, this.memory, room, (bytes) => this.take(bytes));
  }

  private meansOf(into: LayerState): LabelMeans {
    let means = this.labelMeans.get(into);
    if (means === undefined) {
      const { concepts, spans } = into;
      means = {
        documents: concepts === null ? null : documentLogOf(concepts),
        spans: spans === null ? null : spanMeans(spans, this.spanLoops),
      };
      this.labelMeans.set(into, means);
    }
    return means;
  }

  /** Empties the results. */
  private begin(windows: number, stride: number): void {
    new Float64Array(this.memory.buffer, this.sums, 4 * stride).fill(0);
    new Uint32Array(this.memory.buffer, this.counts, 8 * stride).fill(0);
    const [highs, highsAt, lows, lowsAt] = this.extremes as [number, number, number, number];
    new Float32Array(this.memory.buffer, highs, windows * stride).fill(-Infinity);
    new Float32Array(this.memory.buffer, lows, windows * stride).fill(Infinity);
    for (const places of [highsAt, lowsAt]) {
      new Int32Array(this.memory.buffer, places, windows * stride).fill(-1);
    }
  }

  /** Counts tokens before they are taken in: bins that a flush adds to must be wide enough for them. */
  private expect({ counts, sketch }: LayerState, rows: number): void {
    counts.tokens += rows;
    sketch.tokens += rows;
    sketch.bins = widened(sketch.bins, sketch.tokens);
  }

  private addCounts({ counts, sketch }: LayerState, neurons: number, stride: number): void {
    const all = new Uint32Array(this.memory.buffer, this.counts, 8 * stride);
    const of = (kind: number) => all.subarray(kind * stride, kind * stride + neurons);
    KINDS.forEach((kind, i) => (counts[kind] = addCounters(counts[kind], of(i), counts.tokens)));
    sketch.clampedLow = addCounters(sketch.clampedLow, of(KINDS.length), sketch.tokens);
    sketch.clampedHigh = addCounters(sketch.clampedHigh, of(KINDS.length + 1), sketch.tokens);
  }

  /** The extremes without the columns that fill up the last tile. */
  private windows(windows: number, neurons: number, stride: number): Batch['windows'] {
    const [highs, highsAt, lows, lowsAt] = this.extremes as [number, number, number, number];
    const floats = (at: number) => new Float32Array(this.memory.buffer, at, windows * stride);
    const ints = (at: number) => new Int32Array(this.memory.buffer, at, windows * stride);
    const packed = <T extends Float32Array | Int32Array>(values: T): T => {
      for (let w = 1; neurons < stride && w < windows; w++) {
        values.copyWithin(w * neurons, w * stride, w * stride + neurons);
      }
      return values;
    };
    return {
      max: packed(floats(highs)),
      argmax: packed(ints(highsAt)),
      min: packed(floats(lows)),
      argmin: packed(ints(lowsAt)),
    };
  }

  private take(bytes: number): number {
    const at = this.next;
    this.next = at + aligned(bytes);
    return at;
  }
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The largest float32 that is not above `value`: x > value is the same for every float32 x. */
function floorToFloat(value: number): number {
  float[0] = value;
  if (float[0] <= value) return float[0];
  // The next smaller float32: one unit in the last place towards −∞.
  if (float[0] === 0) bits[0] = 0x80000001 | 0;
  else bits[0]! += float[0] > 0 ? -1 : 1;
  return float[0];
}

function tooLarge({ rows }: KernelRoom, bytes: number): UserError {
  return new UserError({
    what: `batches of ${rows} tokens need ${(bytes / 2 ** 30).toFixed(1)} GiB for one layer’s activations and counts, and a WebAssembly memory has 4`,
    where: '--batch-tokens',
    todo: 'give fewer: more than some thousands gain nothing',
    exit: Exit.USAGE,
  });
}
