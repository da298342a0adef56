import { Exit, UserError } from '../../core/errors.js';
import type { NeuronId } from '../../core/neuron-name.js';
import { chooseFrom } from '../../model/choose-and-build.js';
import { allSites, type SiteChoice } from '../../model/choose-sites.js';
import { locateModel } from '../../model/locate-model.js';
import { openModel } from '../../model/open-model.js';
import type { Site } from '../../model/types.js';
import { WeightFiles } from '../../model/weights/elements.js';
import { openLogits, type Logits } from '../../model/weights/logits.js';
import { neuronVectors, siteWeights, type SiteWeights } from '../../model/weights/site-weights.js';
import { findUnembedding, type Unembedding } from '../../model/weights/unembedding.js';
import { openTokenizer } from '../../tokens/tokenizer.js';
import { findTokenizer } from '../plan.js';
import { selectNeurons, type NeuronChoice } from '../select-neurons.js';
import { extremeLogits, type Effects } from './extremes.js';

/** Whose weights are to be read. */
export interface WeightsRequest {
  /** Path as given. */
  model: string;
  /** Which FFNs; default: all. */
  choice?: Partial<SiteChoice>;
  /** `L2.N17,L3.N0-99`; null (default): all of the chosen layers. */
  neurons?: string | null;
  /** Tokens of each side; default: 10. */
  top?: number;
  /** Folder or tokenizer.json; null (default): the model's folder. */
  tokenizer?: string | null;
  /** Default: 1. */
  threads?: number;
}

/** What a neuron's weights say. NaN where a figure is unknown. */
export interface NeuronWeights extends NeuronId {
  inputNorm: number;
  gateNorm: number;
  outputNorm: number;
  cosInputOutput: number;
  cosGateInput: number;
  cosGateOutput: number;
  /** null where there is nothing to be said of logits. */
  raises: Effects | null;
  lowers: Effects | null;
}

/** The model that neurons are of, found before any weight is read. */
export interface WeighedModel {
  path: string;
  sites: readonly Site[];
  neurons: number;
  unembedding: Unembedding | null;
  /** Why nothing is said of logits: the end of a sentence; null where it is. */
  whyNone: string | null;
  /** The vocabulary's string of a token id; null where there is no tokenizer. */
  tokenOf: ((id: number) => string | null) | null;
  /** What a user must know of the weights, each once. */
  notes: string[];
  /** Every neuron asked for, in the order of the model; a layer's weights and the unembedding are in memory. */
  read(onLayer?: (site: Site, number: number) => void): AsyncGenerator<NeuronWeights>;
}

/**
 * Finds the weights of a model's neurons.
 * @throws UserError: 66 where there is no model, 69 where it has no FFN or weights of a kind that is not known, 2 for
 *   neurons that are not there
 */
export async function openWeights(asked: WeightsRequest): Promise<WeighedModel> {
  const request = { neurons: null, top: 10, tokenizer: null, threads: 1, ...asked };
  const located = locateModel(request.model);
  const chosen = chooseFrom(openModel(located.onnxPath), { ...allSites(), ...request.choice });
  const { view, sites, selected } = chosen;
  const neurons =
    request.neurons === null
      ? selected.map(allOf)
      : selectNeurons(request.neurons, selected, 'the neurons asked for');
  const tapped = neurons.map(({ site }) => site);
  const files = new WeightFiles(view.model);
  const weights = siteWeights(view, files, tapped);
  if (weights.every(({ input, output }) => input === null && output === null)) {
    throw new UserError({
      what: 'the weights of these neurons are not known',
      where: located.onnxPath,
      todo: `name FFNs that the search finds (neuroprobe inspect): ${weights[0]?.notes.join('; ') ?? 'none'}`,
      exit: Exit.MODEL,
    });
  }
  const found = findUnembedding(view, files, sites);
  const unembedding = 'none' in found ? null : found;
  const direct = tapped.map((site, i) => isDirect(unembedding, site, weights[i]!));
  const tokenizer = findTokenizer(request.tokenizer, located.folder);
  return {
    path: located.onnxPath,
    sites: tapped,
    neurons: neurons.reduce((sum, { columns }) => sum + columns.length, 0),
    unembedding: direct.includes(true) ? unembedding : null,
    whyNone: 'none' in found ? found.none : direct.includes(true) ? null : NOT_DIRECT,
    tokenOf: tokenizer === null ? null : (await openTokenizer(tokenizer)).tokenOf,
    notes: [
      ...[located.notice, ...chosen.notices].filter((notice) => notice !== null),
      ...new Set(weights.flatMap(({ notes }) => notes)),
      ...(direct.includes(true) && direct.includes(false)
        ? [`of some layers there are no logits: ${NOT_DIRECT}`]
        : []),
    ],
    read: (onLayer) => read(request, neurons, weights, direct, unembedding, onLayer),
  };
}

const NOT_DIRECT =
  'what these FFNs write does not reach the vocabulary by sums alone (another model’s encoder, or a norm of its own)';

function allOf(site: Site): NeuronChoice {
  return { site, columns: Int32Array.from({ length: site.dMlp }, (_, j) => j) };
}

/** Whether an FFN's result is added to the stream that the unembedding reads. */
function isDirect(
  unembedding: Unembedding | null,
  { nodes }: Site,
  { output, writesPlainly }: SiteWeights,
): boolean {
  return (
    unembedding !== null && output !== null && writesPlainly && unembedding.writers.has(nodes.down ?? '')
  );
}

/** Bytes of logits in memory at a time. */
const LOGIT_BYTES = 64 * 2 ** 20;

async function* read(
  { top, threads }: { top: number; threads: number },
  neurons: readonly NeuronChoice[],
  weights: readonly SiteWeights[],
  direct: readonly boolean[],
  unembedding: Unembedding | null,
  onLayer: (site: Site, number: number) => void = () => {},
): AsyncGenerator<NeuronWeights> {
  const logits =
    unembedding !== null && direct.includes(true) ? await openLogits(unembedding, threads) : null;
  try {
    for (const [i, { site, columns }] of neurons.entries()) {
      onLayer(site, i);
      const { input, gate, output } = weights[i]!;
      const [reads, gates, writes] = [input, gate, output].map((of) =>
        of === null ? null : neuronVectors(of, columns),
      );
      const step =
        unembedding === null
          ? columns.length
          : Math.max(1, Math.floor(LOGIT_BYTES / (4 * unembedding.vocabulary)));
      for (let start = 0; start < columns.length; start += step) {
        const end = Math.min(columns.length, start + step);
        const effects =
          direct[i] === true ? await effectsOf(logits!, writes!, start, end, unembedding!, top) : null;
        for (let j = start; j < end; j++) {
          const of = (all: Float32Array | null | undefined) =>
            all?.subarray(j * site.dModel, (j + 1) * site.dModel) ?? null;
          const { group, layer } = site;
          const found = effects?.[j - start] ?? { raises: null, lowers: null };
          yield { group, layer, neuron: columns[j]!, ...figures(of(reads), of(gates), of(writes)), ...found };
        }
      }
    }
  } finally {
    await logits?.close();
  }
}

async function effectsOf(
  logits: Logits,
  writes: Float32Array,
  start: number,
  end: number,
  { dModel, vocabulary }: Unembedding,
  top: number,
): Promise<{ raises: Effects; lowers: Effects }[]> {
  const all = await logits.of(writes.slice(start * dModel, end * dModel));
  return Array.from({ length: end - start }, (_, i) =>
    extremeLogits(all.subarray(i * vocabulary, (i + 1) * vocabulary), top),
  );
}

type Vector = Float32Array | null;

function figures(input: Vector, gate: Vector, output: Vector) {
  return {
    inputNorm: normOf(input),
    gateNorm: normOf(gate),
    outputNorm: normOf(output),
    cosInputOutput: cosine(input, output),
    cosGateInput: cosine(gate, input),
    cosGateOutput: cosine(gate, output),
  };
}

/** Summed in float64. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function normOf(vector: Vector): number {
  return vector === null ? NaN : Math.sqrt(dot(vector, vector));
}

function cosine(a: Vector, b: Vector): number {
  if (a === null || b === null) return NaN;
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
