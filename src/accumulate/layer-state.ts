import type { Accumulator, Batch } from './accumulator.js';
import type { SketchRange } from './bin-of.js';
import type { Concepts } from './concept-state.js';
import { addDocuments, conceptsAccumulator } from './concepts.js';
import { countsAccumulator, type Counts } from './counts.js';
import type { DocumentLog } from './document-log.js';
import { explainedAccumulator, type Explained } from './explained.js';
import type { ExplainKind } from './explain-kinds.js';
import { examplesAccumulator, type Examples, type ExampleSettings } from './examples.js';
import { extremesAccumulator, type Extremes } from './extremes.js';
import { gateAccumulator, type GateCases } from './gate-cases.js';
import { matchAccumulator, type MatchSample } from './match-sample.js';
import { momentsAccumulator, type Moments } from './moments.js';
import { samplesAccumulator, type Samples } from './samples.js';
import { sketchAccumulator, type Sketch } from './sketch.js';
import type { SumRows } from './sum-rows.js';
import { addSpans, spansAccumulator } from './spans.js';
import type { Spans } from './span-state.js';
import type { SpanMeans } from './span-tally.js';
import { scanWindows } from './window-extremes.js';

/** The settings that every layer's accumulators share. */
export interface AccumulatorSettings {
  activeAbove: number;
  sketchRange: SketchRange;
  /** Examples kept of a neuron and side. */
  k: number;
  bottom: boolean;
  around: number;
  distinct: ExampleSettings['distinct'];
  per: ExampleSettings['per'];
  /** Examples of a uniform sample kept of a neuron, and of each of its cells; 0: none (samples.ts). */
  random: number;
  bands: number;
  /** What chooses the samples, and the halves of the documents. */
  seed: number;
  /** Positions at which all activations are kept (match-sample.ts); absent or 0: none. */
  match?: number;
  /** Whether the sign cases of gated FFNs are kept (gate-cases.ts): batches have factors then. */
  gateCases?: boolean;
  /** Fields of records by whose labels documents are told apart; absent: none. */
  labels?: LabelSettings;
  /** Documents whose values are kept for permutations of their labels (profile/document-sample.ts); absent: none. */
  permutations?: number;
  /** By which classes of tokens values are summed; absent: none. */
  explain?: readonly ExplainKind[];
  /** Fields of records by whose labels tokens are told apart; absent: none. */
  spans?: LabelSettings;
}

export interface LabelSettings {
  fields: readonly string[];
  /** Labels of records that there may be, over all fields, those of spans and of whole documents together. */
  most: number;
}

/** All that is kept of one layer's neurons: plain data, structured-clone safe. */
export interface LayerState {
  counts: Counts;
  moments: Moments;
  sketch: Sketch;
  max: Extremes;
  min: Extremes;
  top: Examples;
  bottom: Examples | null;
  random: Samples | null;
  bands: Samples | null;
  concepts: Concepts | null;
  explained: Explained | null;
  spans: Spans | null;
  match: MatchSample | null;
  gates: GateCases | null;
}

/** Adds one batch of a layer to its state: the door through which any kernel enters. */
export interface Kernel {
  add(into: LayerState, batch: Batch): void;
}

/**
 * The accumulators of a layer, each under the name of its part of the state.
 * @param sumRows a faster way of a kernel
 */
export function accumulatorsOf(settings: AccumulatorSettings, sumRows?: SumRows) {
  const examples = (side: 'top' | 'bottom') => examplesAccumulator({ ...settings, side });
  const { match = 0, seed } = settings;
  const samples = (side: 'random' | 'band', size: number) => {
    const { sketchRange, around } = settings;
    return size === 0 ? null : samplesAccumulator({ side, size, sketchRange, around, seed });
  };
  return {
    counts: countsAccumulator(settings.activeAbove),
    moments: momentsAccumulator,
    sketch: sketchAccumulator(settings.sketchRange),
    max: extremesAccumulator('max'),
    min: extremesAccumulator('min'),
    top: examples('top'),
    bottom: settings.bottom ? examples('bottom') : null,
    random: samples('random', settings.random),
    bands: samples('band', settings.bands),
    concepts: settings.labels === undefined ? null : conceptsAccumulator(settings),
    explained: settings.explain === undefined ? null : explainedAccumulator(settings.explain, sumRows),
    spans: settings.spans === undefined ? null : spansAccumulator(settings),
    match: match === 0 ? null : matchAccumulator({ size: match, seed }),
    gates: settings.gateCases === true ? gateAccumulator({ around: settings.around }) : null,
  };
}

type Accumulators = ReturnType<typeof accumulatorsOf>;
type Part = keyof Accumulators;

/** Parts that a faster kernel computes by itself. */
const OF_KERNELS: readonly Part[] = ['counts', 'moments', 'sketch'];
/** Parts that are added through a log. */
const LOGGED: readonly Part[] = ['concepts', 'spans'];

/** What a kernel adds labels through, and spills where it flushes; null where there are none. */
export interface LabelMeans {
  documents: DocumentLog | null;
  spans: SpanMeans | null;
}

/** Adds neurons [first, end) of a batch to the parts that can take some alone. */
export function addColumns(
  accumulators: Accumulators,
  into: LayerState,
  batch: Batch,
  first: number,
  end: number,
): void {
  for (const part of Object.keys(accumulators) as Part[])
    use(accumulators[part])?.addColumns?.(into[part], batch, first, end);
}

/**
 * Adds a batch, whose `windows` are filled, to all parts that neither `addColumns` nor a faster kernel sees to.
 */
export function addOthers(
  accumulators: Accumulators,
  into: LayerState,
  batch: Batch,
  { documents, spans }: LabelMeans,
): void {
  for (const part of Object.keys(accumulators) as Part[]) {
    const accumulator = use(accumulators[part]);
    if (OF_KERNELS.includes(part) || LOGGED.includes(part) || accumulator?.addColumns !== undefined) continue;
    accumulator?.add(into[part], batch);
  }
  if (documents !== null) addDocuments(into.concepts!, batch, documents);
  if (spans !== null) addSpans(into.spans!, batch, spans);
}

/** The accumulators as one: a layer's state is a commutative monoid because each part is. */
export function layerAccumulator(settings: AccumulatorSettings): Accumulator<LayerState> & Kernel {
  const accumulators = accumulatorsOf(settings);
  const parts = Object.keys(accumulators) as Part[];
  return {
    name: 'layer',
    empty: (neurons) =>
      Object.fromEntries(
        parts.map((part) => [part, accumulators[part]?.empty(neurons) ?? null]),
      ) as unknown as LayerState,
    add: (into, batch) => {
      scanWindows(batch);
      for (const part of parts) use(accumulators[part])?.add(into[part], batch);
    },
    merge: (into, from) => {
      for (const part of parts) use(accumulators[part])?.merge(into[part], from[part]);
    },
  };
}

/** The list of parts pairs each accumulator with its own state, which the type system cannot follow. */
function use(accumulator: Accumulators[Part]): Accumulator<unknown> | null {
  return accumulator;
}
