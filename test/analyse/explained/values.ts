import { layerFigures } from '../../../src/accumulate/figures.js';
import { EXPLAIN_KINDS, NO_TOKEN } from '../../../src/accumulate/explain-kinds.js';
import { layerAccumulator, type AccumulatorSettings } from '../../../src/accumulate/layer-state.js';
import { windowExtremes } from '../../../src/accumulate/window-extremes.js';
import { explainLayer } from '../../../src/analyse/explained/explain-layer.js';
import type { ExplainedLayer } from '../../../src/profile/explained.js';

/** A token with its place and the activations of all neurons on it. */
export interface Token {
  position: number;
  token: number;
  previous: number;
  values: number[];
}

const SETTINGS: AccumulatorSettings = {
  ...{ activeAbove: 0, sketchRange: { low: -11, high: 7 }, k: 0, bottom: false, around: 0 },
  ...{ distinct: 'none', per: 'token', random: 0, bands: 0, seed: 0, explain: EXPLAIN_KINDS },
};

/** Tokens of documents, given by their ids, a window each. */
export function tokensOf(
  documents: readonly number[][],
  valuesAt: (token: Omit<Token, 'values'>) => number[],
) {
  return documents.map((ids) =>
    ids.map((token, position): Token => {
      const place = { position, token, previous: position === 0 ? NO_TOKEN : ids[position - 1]! };
      return { ...place, values: valuesAt(place).map(Math.fround) };
    }),
  );
}

/** What the accumulators and the figures make of tokens, some documents to a batch. */
export function explained(documents: readonly Token[][], batch = 8): ExplainedLayer {
  const neurons = documents.flat()[0]!.values.length;
  const accumulator = layerAccumulator(SETTINGS);
  const state = accumulator.empty(neurons);
  for (let start = 0; start < documents.length; start += batch) {
    const windows = documents.slice(start, start + batch);
    const length = Math.max(...windows.map((window) => window.length));
    const activations = new Float32Array(windows.length * length * neurons);
    windows.forEach((window, w) =>
      window.forEach(({ values }, p) => activations.set(values, (w * length + p) * neurons)),
    );
    accumulator.add(state, {
      ...{ activations, neurons, length, windows: windowExtremes(windows.length, neurons) },
      runs: Int32Array.from(windows.flatMap((window, w) => [w, 0, window.length])),
      places: windows.map((window, w) => ({
        ...{ file: 0, record: start + w, window: 0, line: 1, startByte: 0, id: null, textKey: '' },
        ids: Int32Array.from(window, ({ token }) => token),
        tokenIndex: Int32Array.from(window, (_, i) => i),
        before: NO_TOKEN,
        span: () => null,
      })),
    });
  }
  const columns = Int32Array.from({ length: neurons }, (_, j) => j);
  return explainLayer(state.explained!, layerFigures(state, columns, SETTINGS.sketchRange));
}

export interface Direct {
  eta2: number;
  epsilon2: number;
  /** By class: tokens, mean, share of what lies between classes. */
  classes: Map<number, { count: number; mean: number; share: number }>;
}

/** η² and ε² by their definitions, in two passes over all values: means first, then deviations. */
export function directly(values: ArrayLike<number>, classOf: ArrayLike<number>): Direct {
  const n = values.length;
  const sums = new Map<number, { count: number; sum: number }>();
  let all = 0;
  for (let i = 0; i < n; i++) {
    const held = sums.get(classOf[i]!) ?? { count: 0, sum: 0 };
    sums.set(classOf[i]!, held);
    held.count++;
    held.sum += values[i]!;
    all += values[i]!;
  }
  const mean = all / n;
  let [total, within] = [0, 0];
  for (let i = 0; i < n; i++) {
    const { count, sum } = sums.get(classOf[i]!)!;
    total += (values[i]! - mean) ** 2;
    within += (values[i]! - sum / count) ** 2;
  }
  let between = 0;
  for (const { count, sum } of sums.values()) between += count * (sum / count - mean) ** 2;
  const classes = new Map(
    Array.from(sums, ([ofClass, { count, sum }]) => {
      return [ofClass, { count, mean: sum / count, share: (count * (sum / count - mean) ** 2) / between }];
    }),
  );
  // Of what is left within classes, not of what lies between: another way than ours to the same figure.
  const eta2 = 1 - within / total;
  return { eta2, epsilon2: 1 - within / (n - sums.size) / (total / (n - 1)), classes };
}
