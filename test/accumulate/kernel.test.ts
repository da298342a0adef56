import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layerAccumulator, type AccumulatorSettings } from '../../src/accumulate/layer-state.js';
import type {
  LabelledDocument,
  SpannedDocument,
  WindowPlace,
  WindowSpans,
} from '../../src/accumulate/types.js';
import type { Kernel, KernelBatch } from '../../src/kernel/kernel.js';
import { referenceKernel } from '../../src/kernel/reference-kernel.js';
import { fitsSimd, simdKernel } from '../../src/kernel/simd-kernel.js';
import { activation } from './batches.js';
import { canonical, digests } from './canonical.js';

const SETTINGS: AccumulatorSettings = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  k: 3,
  bottom: true,
  around: 1,
  distinct: 'none',
  per: 'token',
  random: 2,
  bands: 1,
  seed: 0,
  explain: ['position', 'token', 'previous'],
};
const LABELLED: AccumulatorSettings = {
  ...SETTINGS,
  labels: { fields: ['topic', 'tags'], most: 8 },
  spans: { fields: ['entity', 'lexical'], most: 8 },
};

/**
 * Batches of two layers: activations come from a stream, so that shrinking keeps them.
 * @param length of windows, at most `longest`
 */
function work(length: fc.Arbitrary<number>, longest: number) {
  const window = fc.record({ skip: fc.nat(3), take: fc.nat(longest), hole: fc.nat(longest) });
  return fc.record({
    neurons: fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300 })),
    batches: fc.array(
      fc.record({
        length,
        windows: fc.array(window, { minLength: 1, maxLength: WINDOWS }),
        endsLot: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    pool: fc.array(activation, { minLength: 1, maxLength: 400 }),
    /** One value in this many is of the pool; the rest is ordinary, so that whole tiles are. */
    rare: fc.constantFrom(1, 7, 5000, Infinity),
    /** Ordinary values are multiples of this: coarse ones tie. */
    step: fc.constantFrom(0.5, 2 ** -24),
  });
}

type Work = ReturnType<typeof work> extends fc.Arbitrary<infer T> ? T : never;

const WINDOWS = 4;
/** More than the kernel packs at a time. */
const LONG = 700;
const short = work(fc.integer({ min: 1, max: 30 }), 30);
const long = work(fc.integer({ min: 200, max: LONG }), LONG);

test.each<[string, Partial<AccumulatorSettings>]>([
  ['the default settings', {}],
  ['a threshold that no float32 is', { activeAbove: 0.1 }],
  ['a threshold below zero', { activeAbove: -0.3 }],
  ['a range of two octaves', { sketchRange: { low: -1, high: 1 } }],
  ['the widest range with counters of 16 bits', { sketchRange: { low: -120, high: 7 } }],
  ['no examples', { k: 0 }],
])('the SIMD kernel gives the bytes of the reference, with %s', (_, changed) => {
  const settings = { ...LABELLED, ...changed };
  expect(fitsSimd(settings)).toBe(true);
  fc.assert(
    fc.property(short, (given) => expectSame(settings, given)),
    { numRuns: 60 },
  );
});

test('the SIMD kernel gives the bytes of the reference for windows longer than it packs at a time', () => {
  fc.assert(
    fc.property(long, (given) => expectSame({ ...LABELLED, distinct: 'document' }, given)),
    { numRuns: 40 },
  );
});

test.each([
  ['+0 and −0', [-0, 0, -0]],
  ['denormals', [2 ** -149, -(2 ** -149), 2 ** -127]],
  ['one value', [1.5]],
  ['only NaN and infinities', [NaN, Infinity, -Infinity]],
])('the SIMD kernel gives the bytes of the reference for %s', (_, pool) => {
  const windows = [
    { skip: 0, take: 11, hole: 5 },
    { skip: 1, take: 300, hole: 280 },
  ];
  expectSame(LABELLED, {
    neurons: [17, 130],
    batches: [{ length: 300, windows, endsLot: true }],
    pool,
    rare: 1,
    step: 0.5,
  });
});

function expectSame(settings: AccumulatorSettings, { neurons, batches, pool, rare, step }: Work): void {
  const room = { settings, neurons, rows: WINDOWS * LONG, windows: WINDOWS };
  const states = [referenceKernel(room), simdKernel(room)].map((kernel) =>
    neurons.map((width, layer) => run(kernel, layer, width)),
  );
  expect(states[1]).toEqual(states[0]);

  function run(kernel: Kernel, layer: number, width: number): unknown {
    const state = layerAccumulator(settings).empty(width);
    let seed = 1;
    batches.forEach(({ length, windows, endsLot }, b) => {
      const into = kernel.activations(layer, windows.length * length);
      for (let i = 0; i < into.length; i++) {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        const ordinary = Math.round(((seed / 2 ** 32 - 0.5) * 4) / step) * step;
        into[i] = (seed >>> 8) % rare === 0 ? pool[(seed >>> 12) % pool.length]! : ordinary;
      }
      const isLast = b === batches.length - 1;
      kernel.add(layer, state, { ...batchOf(b, length, windows), endsLot: isLast || endsLot });
    });
    kernel.flush(layer, state);
    return digests(canonical(state));
  }
}

test('counters of 16 bits are emptied before they overflow', () => {
  const room = { settings: SETTINGS, neurons: [5], rows: 3000, windows: 1 };
  const states = [referenceKernel(room), simdKernel(room)].map((kernel) => {
    const state = layerAccumulator(SETTINGS).empty(5);
    for (let b = 0; b < 30; b++) {
      kernel.activations(0, 3000).fill(1.5);
      kernel.add(0, state, batchOf(b, 3000, [{ skip: 0, take: 3000, hole: 3000 }]));
    }
    kernel.flush(0, state);
    return digests(canonical(state));
  });
  expect(states[1]).toEqual(states[0]);
});

test.each([
  ['one window', 70_000, [{ skip: 3, take: 70_000, hole: 66_000 }]],
  ['several windows', 50_000, [0, 1, 2].map(() => ({ skip: 0, take: 50_000, hole: 7 }))],
])('and within a batch that alone would overflow them: %s', (_, length, windows) => {
  const rows = length * windows.length;
  const room = { settings: SETTINGS, neurons: [3], rows, windows: windows.length };
  const states = [referenceKernel(room), simdKernel(room)].map((kernel) => {
    const state = layerAccumulator(SETTINGS).empty(3);
    for (let b = 0; b < 2; b++) {
      kernel.activations(0, rows).fill(0);
      kernel.add(0, state, batchOf(b, length, windows));
    }
    kernel.flush(0, state);
    expect(Array.from(state.sketch.bins).reduce((sum, count) => sum + count)).toBe(3 * state.counts.tokens);
    return digests(canonical(state));
  });
  expect(states[1]).toEqual(states[0]);
});

test('a batch of more labels than the SIMD kernel has room for gives the bytes of the reference', () => {
  const room = { settings: LABELLED, neurons: [140], rows: 60, windows: 3 };
  const many = Array.from({ length: 2100 }, (_, i) => ({ field: 0, label: `label ${i}` }));
  const states = [referenceKernel(room), simdKernel(room)].map((kernel) => {
    const state = layerAccumulator(LABELLED).empty(140);
    kernel.activations(0, 60).forEach((_, i, all) => (all[i] = Math.sin(i)));
    const windows = [0, 1, 2].map(() => ({ skip: 0, take: 20, hole: 20 }));
    // Its lot has begun with few.
    kernel.add(0, state, { ...batchOf(1, 20, windows), endsLot: false });
    const batch = batchOf(0, 20, windows);
    const spans = batch.places[2]!.spans!;
    const document = { ...spans.document, labels: many };
    const places = batch.places.with(2, {
      ...batch.places[2]!,
      spans: { ...spans, document, patterns: [[], [...many.keys()], [], [], []] },
    });
    kernel.add(0, state, { ...batch, places });
    kernel.flush(0, state);
    return digests(canonical(state));
  });
  expect(states[1]).toEqual(states[0]);
});

test('batches that no WASM memory holds are refused', () => {
  const rows = 500_000;
  const room = { settings: SETTINGS, neurons: [3072], rows, windows: rows };
  expect(() => simdKernel(room)).toThrow(/batches of 500000 tokens need .* GiB/);
});

test('a range too wide for counters of 16 bits is the reference’s', () => {
  expect(fitsSimd({ ...SETTINGS, sketchRange: { low: -126, high: 127 } })).toBe(false);
});

function batchOf(
  batch: number,
  length: number,
  windows: { skip: number; take: number; hole: number }[],
): KernelBatch {
  const runs: number[] = [];
  windows.forEach(({ skip, take, hole }, w) => {
    const end = Math.min(length, skip + take);
    // A position in the middle that does not count, as a mask may have.
    if (hole > skip && hole < end) runs.push(w, skip, hole, w, hole + 1, end);
    else if (skip < end) runs.push(w, skip, end);
  });
  const counted = Int32Array.from(runs).filter((_, i, all) => all[i - (i % 3) + 1]! < all[i - (i % 3) + 2]!);
  const places = windows.map((_, w): WindowPlace => ({
    file: 0,
    record: batch * 10 + w,
    window: 0,
    line: 1,
    startByte: 0,
    id: null,
    textKey: '',
    ids: Int32Array.from({ length }, (__, i) => i),
    tokenIndex: Int32Array.from({ length }, (__, i) => i),
    span: () => null,
  }));
  // The first two windows are of one document, the others of one each.
  const documents = places.map(({ file, record }, w): SpannedDocument => ({
    ...{ file, record, windows: w < 2 && places.length > 1 ? 2 : 1 },
    fields: ['known', w === 3 ? 'missing' : 'known'],
    labels: LABELS.filter(({ field }) => field === 0 || w !== 3),
  }));
  const ofWindow = places.map((place, w) => {
    const document = documents[w === 1 ? 0 : w]!;
    return {
      ...place,
      record: document.record,
      window: w === 1 ? 1 : 0,
      labelled: labelledOf(document),
      spans: spansOf(document, length, w),
    };
  });
  return { length, runs: counted, places: ofWindow };
}

const LABELS: SpannedDocument['labels'] = [
  { field: 0, label: 'some' },
  { field: 0, label: 'few' },
  { field: 0, label: 'none' },
  { field: 1, label: 'all' },
];

/** One of two topics; two tags, one or none, or a record without the field. */
function labelledOf({ file, record, windows }: SpannedDocument): LabelledDocument {
  const tags = [['a', 'b'], ['b'], [], null][record % 4]!;
  return { file, record, windows, labels: [[`topic ${record % 2}`], tags] };
}

/** Patterns come in turn; every eighth token is sampled. */
function spansOf(document: SpannedDocument, length: number, window: number): WindowSpans {
  const all = document.labels.length === LABELS.length ? [LABELS.length - 1] : [];
  const positions = Array.from({ length }, (_, position) => position);
  return {
    document,
    pattern: Int32Array.from(positions, (position) => (position * (window + 1)) % 5),
    patterns: [all, [0, ...all], [0, 1, ...all], all, [0, ...all]],
    sampled: Int32Array.from(positions.filter((position) => position % 8 === window)),
  };
}
