import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conceptBinCount, conceptBinOfBits } from '../../src/accumulate/concept-bins.js';
import { halfOf } from '../../src/accumulate/document-half.js';
import { widenFor, type LabelCounts } from '../../src/accumulate/label-bins.js';
import { addWindowlessSpans, spansAccumulator } from '../../src/accumulate/spans.js';
import {
  SPAN_DIGITS,
  SPAN_SUMS,
  spanFieldOf,
  spanSetBytes,
  spanSetOf,
  type Spans,
} from '../../src/accumulate/span-state.js';
import { addExact } from '../../src/accumulate/superaccumulator.js';
import type { Batch } from '../../src/accumulate/accumulator.js';
import type { SpannedDocument } from '../../src/accumulate/types.js';
import { corpus, type Corpus } from './batches.js';
import { canonical, digests } from './canonical.js';

const SETTINGS = { sketchRange: { low: -11, high: 7 }, seed: 5 };
const accumulator = spansAccumulator(SETTINGS);
const BINS = conceptBinCount(SETTINGS.sketchRange);

describe('what neurons do inside spans', () => {
  test('is, bit for bit, what a plain walk over documents and tokens finds', () => {
    let found = { differences: 0, lacking: 0, tokens: 0 };
    fc.assert(
      fc.property(inLots(), (given) => {
        const state = accumulator.empty(given.neurons);
        for (const { batch } of given.batches) accumulator.add(state, batch);
        const plain = reference(given);
        expect(digests(canonical(state))).toEqual(digests(canonical(plain.state)));
        found = {
          differences: found.differences + plain.differences,
          lacking: found.lacking + plain.lacking,
          tokens: found.tokens + plain.tokens,
        };
      }),
      { numRuns: 300 },
    );
    expect(Math.min(found.differences, found.lacking, found.tokens)).toBeGreaterThan(50);
  }, 300_000);

  test('is the same of many neurons as of each alone', () => {
    // More neurons than one tile has, and not a multiple.
    fc.assert(
      fc.property(corpus(), fc.integer({ min: 33, max: 70 }), (given, neurons) => {
        const wide = accumulator.empty(neurons);
        const narrow = accumulator.empty(given.neurons);
        for (const { batch } of given.batches) {
          accumulator.add(narrow, batch);
          accumulator.add(wide, widened(batch, neurons));
        }
        for (const [key, { halves }] of wide.labels) {
          for (const [half, { bins, tokens, sums }] of halves.entries()) {
            const of = narrow.labels.get(key)!.halves[half]!;
            for (const j of [0, 31, 32, neurons - 1]) {
              const from = j % given.neurons;
              const cut = (all: Uint32Array | LabelCounts, at: number, width: number) => [
                ...all.subarray(at * width, (at + 1) * width),
              ];
              expect(cut(bins.counts, j, BINS)).toEqual(cut(of.bins.counts, from, BINS));
              expect(cut(tokens.counts, j, BINS)).toEqual(cut(of.tokens.counts, from, BINS));
              expect(cut(sums, j, SPAN_DIGITS)).toEqual(cut(of.sums, from, SPAN_DIGITS));
            }
          }
        }
      }),
      { numRuns: 20 },
    );
  }, 300_000);

  test('counts documents without windows, which have no token inside', () => {
    const state = accumulator.empty(2);
    const document: SpannedDocument = {
      ...{ file: 0, record: 4, windows: 0 },
      fields: ['known', 'missing'],
      labels: [{ field: 0, label: 'name' }],
    };
    addWindowlessSpans(state, document);
    const half = halfOf(SETTINGS.seed, document);
    expect(spanFieldOf(state, 0).halves[half].documents).toBe(1);
    expect(spanSetOf(state, 0, 'name').halves[half]).toMatchObject({
      documents: 1,
      noInside: 1,
      noOutside: 0,
    });
    expect(state.fields.has(1)).toBe(false);
  });

  test('takes the memory that is foretold, once there are many values', () => {
    const neurons = 7;
    const state = accumulator.empty(neurons);
    const bytes = (arrays: (Uint32Array | LabelCounts)[]) =>
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const foretold = spanSetBytes(SETTINGS.sketchRange);
    const label = spanSetOf(state, 0, 'label').halves.flatMap(({ sums, bins, tokens }) => [
      sums,
      widenFor(bins, 65536),
      widenFor(tokens, 65536),
    ]);
    expect(bytes(label)).toBe(neurons * foretold.label);
    expect(bytes(spanFieldOf(state, 0).halves.map(({ tokens }) => widenFor(tokens, 65536)))).toBe(
      neurons * foretold.field,
    );
  });
});

/** Batches of which some are added up with those that follow them; the last ends its lot. */
function inLots(): fc.Arbitrary<Corpus> {
  return fc.tuple(corpus(), fc.infiniteStream(fc.boolean())).map(([{ neurons, batches }, ends]) => ({
    neurons,
    batches: batches.map((of, b) => ({
      ...of,
      batch: { ...of.batch, endsLot: b === batches.length - 1 || (ends.next().value as boolean) },
    })),
  }));
}

/** Neuron j of the result is neuron j mod n of the batch. */
function widened(batch: Batch, neurons: number): Batch {
  const rows = batch.activations.length / batch.neurons;
  const activations = Float32Array.from(
    { length: rows * neurons },
    (_, i) => batch.activations[Math.floor(i / neurons) * batch.neurons + ((i % neurons) % batch.neurons)]!,
  );
  return { ...batch, activations, neurons };
}

/** Σ of a label's tokens in a window, in the order of positions, and how many. */
interface WindowSum {
  sum: number;
  n: number;
}

/** The definition, neuron by neuron and token by token. */
function reference({ neurons, batches }: Corpus) {
  const state: Spans = accumulator.empty(neurons);
  let [differences, lacking, tokens] = [0, 0, 0];
  const documents = new Map<SpannedDocument, Map<number, WindowSum[][]>>();
  const counts = new Map<SpannedDocument, number[]>();
  const addDifference = (document: SpannedDocument, label: number, j: number, d: number, squares: number) => {
    const { field, label: name } = document.labels[label]!;
    const set = spanSetOf(state, field, name).halves[halfOf(SETTINGS.seed, document)];
    const [first, second] = SPAN_SUMS;
    addExact(set.sums, j * SPAN_DIGITS, first.digits, first.unit, d);
    addExact(set.sums, j * SPAN_DIGITS + first.digits, second.digits, second.unit, squares);
  };
  const bin = (value: number) =>
    conceptBinOfBits(new Uint32Array(Float32Array.of(value).buffer)[0]!, SETTINGS.sketchRange);
  const differenceOf = (label: number, sums: WindowSum[]): number | null => {
    const [inside, all] = [sums[label]!, sums.at(-1)!];
    if (inside.n === 0 || inside.n === all.n) return null;
    return inside.sum / inside.n - (all.sum - inside.sum) / (all.n - inside.n);
  };
  /** Differences of documents of one window, added up within the lot. */
  const within = new Map<
    string,
    { document: SpannedDocument; label: number; j: number; d: number; squares: number }
  >();
  for (const { batch } of batches) {
    for (const [w, { spans, window }] of batch.places.entries()) {
      const { document, pattern, patterns, sampled } = spans!;
      const run = [...Array(batch.runs.length / 3).keys()].find((r) => batch.runs[3 * r] === w);
      const [first, end] = run === undefined ? [0, 0] : [batch.runs[3 * run + 1]!, batch.runs[3 * run + 2]!];
      const positions = Array.from({ length: end - first }, (_, i) => first + i);
      const half = halfOf(SETTINGS.seed, document);
      const at = (position: number, j: number) =>
        batch.activations[(w * batch.length + position) * neurons + j]!;
      const ofDocument = counts.get(document) ?? new Array<number>(document.labels.length + 1).fill(0);
      counts.set(document, ofDocument);
      for (const position of positions) {
        for (const label of patterns[pattern[position]!]!) ofDocument[label]!++;
        ofDocument[document.labels.length]!++;
        if (!sampled.includes(position)) continue;
        for (let j = 0; j < neurons; j++) {
          const x = at(position, j);
          if (!Number.isFinite(x)) continue;
          tokens++;
          document.fields.forEach((known, field) => {
            if (known === 'known') spanFieldOf(state, field).halves[half].tokens.counts[j * BINS + bin(x)]!++;
          });
          for (const label of patterns[pattern[position]!]!) {
            const { field, label: name } = document.labels[label]!;
            spanSetOf(state, field, name).halves[half].tokens.counts[j * BINS + bin(x)]!++;
          }
        }
      }
      const byNeuron = Array.from({ length: neurons }, (_, j) => {
        const over = (chosen: number[]) => {
          const values = chosen
            .map((position) => at(position, j))
            .filter((x) => Number.isFinite(x) || (lacking++, false));
          return { sum: values.reduce((sum, x) => sum + x, 0), n: values.length };
        };
        const labels = document.labels.map((_, l) =>
          over(positions.filter((position) => patterns[pattern[position]!]!.includes(l))),
        );
        return [...labels, over(positions)];
      });
      const windows = documents.get(document) ?? new Map<number, WindowSum[][]>();
      documents.set(document, windows.set(window, byNeuron));
      if (windows.size < document.windows) continue;
      for (let j = 0; j < neurons; j++) {
        // In the order of the windows.
        const all = [...windows].sort(([a], [b]) => a - b).map(([, sums]) => sums[j]!);
        const sums = all
          .slice(1)
          .reduce((a, b) => a.map(({ sum, n }, i) => ({ sum: sum + b[i]!.sum, n: n + b[i]!.n })), all[0]!);
        for (const label of document.labels.keys()) {
          const d = differenceOf(label, sums);
          if (d === null) continue;
          differences++;
          const { field, label: name } = document.labels[label]!;
          spanSetOf(state, field, name).halves[half].bins.counts[j * BINS + bin(d)]!++;
          if (document.windows > 1) {
            addDifference(document, label, j, d, d * d);
            continue;
          }
          const key = `${field} ${name} ${half} ${j}`;
          const held = within.get(key) ?? { document, label, j, d: 0, squares: 0 };
          within.set(key, { ...held, d: held.d + d, squares: held.squares + d * d });
        }
      }
    }
    if (batch.endsLot === false) continue;
    for (const { document, label, j, d, squares } of within.values())
      addDifference(document, label, j, d, squares);
    within.clear();
  }
  for (const [document, ofDocument] of counts) {
    const half = halfOf(SETTINGS.seed, document);
    document.fields.forEach((known, field) => {
      if (known === 'known') spanFieldOf(state, field).halves[half].documents++;
      if (known === 'unaligned') spanFieldOf(state, field).unaligned++;
    });
    document.labels.forEach(({ field, label }, i) => {
      const set = spanSetOf(state, field, label).halves[half];
      set.documents++;
      if (ofDocument[i] === 0) set.noInside++;
      else if (ofDocument[i] === ofDocument.at(-1)) set.noOutside++;
    });
  }
  return { state, differences, lacking, tokens };
}
