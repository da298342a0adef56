import os from 'node:os';
import { binCount } from '../accumulate/bin-of.js';
import { conceptSetBytes } from '../accumulate/concepts.js';
import { rowWidth } from '../accumulate/example-rows.js';
import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { cellCount } from '../accumulate/samples.js';
import { DIGITS_PER_NEURON } from '../accumulate/superaccumulator.js';
import { explainBytes, type Explaining } from './explain-memory.js';
import { slurmMemory } from './slurm.js';

/** Predicted memory of a run, in bytes. */
export interface MemoryPrediction {
  /** Accumulators of one worker without examples. */
  state: number;
  /** Examples of one worker. */
  examples: number;
  /** Documents' values by label of one worker, and the figures that are made of them in the end. */
  concepts: number;
  /** Sums by position and token of one worker. */
  explained: number;
  /** What the model writes for one batch. */
  outputs: number;
  /** What a session keeps of the weights. */
  weights: number;
  /** All of one worker. */
  worker: number;
}

/** Share of the free memory that a run may take. */
const CEILING = 0.8;
/** Heap of a thread, tokenizer, what a session needs within a batch: seen with GPT-2 small. */
const THREAD = 128 * 2 ** 20;

/** A row of concepts.arrow, all of which are held for their q: 12 figures, q and two copies of p, the rest small. */
const CONCEPT_ROW = 15 * 8 + 6 * 4 + 1;

/**
 * @param neurons neurons kept, over all layers
 * @param width neurons of all tapped layers, kept or not
 * @param rows positions of the largest batch
 * @param weights bytes that a session keeps of the model's weights
 * @param explaining what activations are explained by; absent: nothing
 */
export function predictMemory(
  settings: AccumulatorSettings,
  {
    neurons,
    width,
    rows,
    weights,
    explaining,
  }: { neurons: number; width: number; rows: number; weights: number; explaining?: Explaining },
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
  const concepts = neurons * conceptBytes(settings);
  const explained = explaining === undefined ? 0 : explainBytes(explaining);
  const outputs = rows * width * 4;
  const worker = state + examples + concepts + explained + outputs + weights + THREAD;
  return { state, examples, concepts, explained, outputs, weights, worker };
}

/** Of each neuron, with as many labels as there may be. */
function conceptBytes({ labels, sketchRange }: AccumulatorSettings): number {
  if (labels === undefined) return 0;
  return (labels.fields.length + labels.most) * conceptSetBytes(sketchRange) + labels.most * CONCEPT_ROW;
}

/** Bytes that a run may take: a share of what is free, within the limits of a container. */
export function memoryCeiling(): number {
  // availableMemory knows of cgroups, and came with Node 20.13.
  const available = (process as { availableMemory?: () => number }).availableMemory?.() ?? os.freemem();
  return CEILING * Math.min(available, slurmMemory());
}
