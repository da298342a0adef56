import type { Batch } from '../../../src/accumulate/accumulator.js';
import type { Concepts } from '../../../src/accumulate/concept-state.js';
import { conceptsAccumulator } from '../../../src/accumulate/concepts.js';
import type { WindowPlace } from '../../../src/accumulate/types.js';
import { scanWindows, windowExtremes } from '../../../src/accumulate/window-extremes.js';

/** A document by its windows: of each its tokens, of each of these the activation of every neuron. */
export interface TestDocument {
  windows: number[][][];
  /** By field. */
  labels: (string[] | null)[];
}

export const SETTINGS = { sketchRange: { low: -11, high: 7 }, seed: 3 };

/** What the accumulator keeps of documents, a batch a window; document i is record i of file 0. */
export function conceptsOf(documents: readonly TestDocument[], neurons: number): Concepts {
  const accumulator = conceptsAccumulator(SETTINGS);
  const state = accumulator.empty(neurons);
  documents.forEach(({ windows, labels }, record) => {
    const labelled = { file: 0, record, windows: windows.length, labels };
    windows.forEach((tokens, window) => {
      const place: WindowPlace = {
        ...{ file: 0, record, window, line: record + 1, startByte: 0, id: null, textKey: '', labelled },
        ids: new Int32Array(tokens.length),
        tokenIndex: new Int32Array(tokens.length),
        span: () => null,
      };
      const batch: Batch = {
        activations: Float32Array.from(tokens.flat()),
        neurons,
        length: tokens.length,
        runs: Int32Array.of(0, 0, tokens.length),
        places: [place],
        windows: windowExtremes(1, neurons),
      };
      scanWindows(batch);
      accumulator.add(state, batch);
    });
  });
  return state;
}

/** mulberry32: uniform numbers in [0, 1) from a seed. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller, 1958). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = items.map((item) => ({ item, at: random() })).sort((a, b) => a.at - b.at);
  return order.map(({ item }) => item);
}
