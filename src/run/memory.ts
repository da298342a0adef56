import os from 'node:os';
import { binCount } from '../accumulate/bin-of.js';
import { conceptSetBytes } from '../accumulate/concept-state.js';
import { rowWidth } from '../accumulate/example-rows.js';
import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { matchBytes } from '../accumulate/match-sample.js';
import { cellCount } from '../accumulate/samples.js';
import { DOCUMENT_LOG_BYTES } from '../accumulate/document-log.js';
import { logBytes } from '../accumulate/span-log.js';
import { spanSetBytes } from '../accumulate/span-state.js';
import { SUM_LOG_BYTES } from '../accumulate/span-sum-log.js';
import { DIGITS, DIGITS_PER_NEURON } from '../accumulate/superaccumulator.js';
import { LEXICAL_FIELD } from '../core/lexical-field.js';
import { LEXICAL_LABELS } from '../tokens/lexical.js';
import { explainBytes, type Explaining } from './explain-memory.js';
import { slurmMemory } from './slurm.js';

/** Predicted memory of a run, in bytes. */
export interface MemoryPrediction {
  /** Accumulators of one worker without examples. */
  state: number;
  /** Examples of one worker. */
  examples: number;
  /** Documents' values by label of one worker, those of documents under way, and the figures that are made of them in the end. */
  concepts: number;
  /** Sums by position and token of one worker. */
  explained: number;
  /** Activations by position of one worker, for matching. */
  match: number;
  /** Sign cases of gated FFNs of one worker: counts, sums, an example each. */
  gates: number;
  /** A window's activations on their way to `--dump`. */
  dump: number;
  /** Values of the documents that one batch ends, before they are on disk. */
  documents: number;
  /** What the model writes for one batch. */
  outputs: number;
  /** What a session keeps of the weights. */
  weights: number;
  /** All of one worker. */
  worker: number;
  /** What all workers have together: the session, where they share one. */
  common: number;
}

/** Share of the free memory that a run may take. */
const CEILING = 0.8;
/** Heap of a thread, tokenizer, what a session needs within a batch: seen with GPT-2 small. */
const THREAD = 128 * 2 ** 20;

/** A row of concepts.arrow, all of which are held for their q: 12 figures, q and two copies of p, the rest small. */
const CONCEPT_ROW = 15 * 8 + 6 * 4 + 1;
/** A row of spans.arrow: 11 figures, q and two copies of p, the rest small. */
const SPAN_ROW = 14 * 8 + 5 * 4 + 1;

/**
 * @param neurons neurons kept, over all layers
 * @param width neurons of all tapped layers, kept or not
 * @param rows positions of the largest batch
 * @param pending documents of a block, at most, some of whose windows are computed while others are not
 * @param weights bytes that a session keeps of the model's weights
 * @param served whether the workers share one session
 * @param dump of a window on its way to `--dump`; absent: nothing
 * @param explaining what activations are explained by; absent: nothing
 */
export function predictMemory(
  settings: AccumulatorSettings,
  { neurons, width, rows, weights, pending, explaining, served = false, dump = 0 }: RunSizes,
): MemoryPrediction {
  const { k, bottom, random, bands, sketchRange, around, seed } = settings;
  const octaves = { side: 'band', size: bands, sketchRange, around, seed } as const;
  const sampled = random + bands * cellCount(octaves);
  const counts = 6 * 4;
  const extremes = 2 * 6 * 4;
  const clamped = 2 * 4;
  const perNeuron = binCount(settings.sketchRange) * 4 + DIGITS_PER_NEURON * 4 + counts + extremes + clamped;
  const ranked = 2 * 4; // value, record
  const id = 8;
  const perExample = rowWidth(settings) * 4 + ranked + id;
  // The kernel's counters, of 16 bits, stand beside the state's bins.
  const state = neurons * (perNeuron + binCount(settings.sketchRange) * 2);
  const examples = neurons * ((bottom ? 2 : 1) * k + sampled) * perExample;
  const concepts = neurons * (conceptBytes(settings) + pending * pendingBytes(settings));
  const explained = explaining === undefined ? 0 : explainBytes(explaining);
  const match = neurons * matchBytes(settings.match ?? 0);
  const written = settings.gateCases === true ? 3 : 1;
  const gates = settings.gateCases === true ? neurons * 4 * (8 + DIGITS[0] * 4 + 8 + perExample) : 0;
  // At most one a row, but for those that other rows are of.
  const documents = settings.permutations === undefined ? 0 : neurons * rows * 4;
  // With gate cases the two factors stand beside each activation, and their product.
  // What another thread's session writes is copied from arrays of the same size.
  const outputs = rows * width * 4 * ((settings.gateCases === true ? 4 : 1) + (served ? written : 0));
  const kept = state + examples + concepts + explained + match + gates + documents + dump;
  const session = weights + THREAD;
  const worker = kept + outputs + (served ? THREAD : session);
  const common = served ? session : 0;
  return {
    state,
    examples,
    concepts,
    explained,
    match,
    gates,
    documents,
    dump,
    outputs,
    weights,
    worker,
    common,
  };
}

interface RunSizes {
  neurons: number;
  width: number;
  rows: number;
  weights: number;
  pending: number;
  served?: boolean;
  explaining?: Explaining;
  dump?: number;
}

/** Of each neuron, with as many labels as there may be. */
function conceptBytes({ labels, spans, sketchRange }: AccumulatorSettings): number {
  const set = conceptSetBytes(sketchRange);
  const span = spanSetBytes(sketchRange);
  const most = Math.max(
    labels === undefined ? 0 : labels.most * (set + CONCEPT_ROW),
    ofRecords(spans) === 0 ? 0 : spans!.most * (span.label + SPAN_ROW),
  );
  const fields = (labels?.fields.length ?? 0) * set + (spans?.fields.length ?? 0) * span.field;
  const logs =
    (labels === undefined ? 0 : DOCUMENT_LOG_BYTES) +
    (spans === undefined ? 0 : logBytes(sketchRange) + 2 * SUM_LOG_BYTES);
  return most + fields + lexicalLabels(spans) * (span.label + SPAN_ROW) + logs;
}

/** Of each neuron and document: its largest value, its sums by label. */
function pendingBytes({ labels, spans }: AccumulatorSettings): number {
  if (spans === undefined) return labels === undefined ? 0 : 4;
  const most = lexicalLabels(spans) + (ofRecords(spans) === 0 ? 0 : spans.most);
  return (labels === undefined ? 0 : 4) + 8 * (most + 1);
}

function ofRecords(spans: AccumulatorSettings['spans']): number {
  return (spans?.fields ?? []).filter((field) => field !== LEXICAL_FIELD).length;
}

function lexicalLabels(spans: AccumulatorSettings['spans']): number {
  return spans?.fields.includes(LEXICAL_FIELD) === true ? LEXICAL_LABELS : 0;
}

/** Bytes that a run may take: a share of what is free, within the limits of a container. */
export function memoryCeiling(): number {
  // availableMemory knows of cgroups, and came with Node 20.13.
  const available = (process as { availableMemory?: () => number }).availableMemory?.() ?? os.freemem();
  return CEILING * Math.min(available, slurmMemory());
}
