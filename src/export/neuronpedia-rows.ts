import { createHash } from 'node:crypto';
import type { ExampleRow, NeuronRow } from '../profile/rows.js';
import { evenBars, type CountedBin } from './even-bars.js';
import type { ExampleRecord } from './example-record.js';
import type { NeuronpediaNames } from './neuronpedia-names.js';
import { shortFloat32 } from './numbers.js';

/*
 * Rows of Neuronpedia's bulk import, by the names of its database's columns, as SAEDashboard writes them
 * (sae_dashboard/neuronpedia/neuronpedia_export.py) and its webapp reads them (apps/webapp/lib/db/import.ts:
 * a column that no row has takes its default, so nothing here says a time).
 */

/** Bars of a histogram: as many as SAEDashboard draws, or nearly. */
const BARS = 50;

export function releaseRow({ release, creatorId, creatorName }: NeuronpediaNames, description: string) {
  return {
    name: release,
    description,
    descriptionShort: description,
    urls: [],
    creatorName,
    creatorNameShort: creatorName,
    creatorId,
    visibility: 'PUBLIC',
    isNewUi: false,
    featured: false,
  };
}

export function modelRow(
  { modelId, creatorId }: NeuronpediaNames,
  { layers, neuronsPerLayer, dimension }: { layers: number; neuronsPerLayer: number; dimension: number },
) {
  return {
    id: modelId,
    instruct: false,
    creatorId,
    displayNameShort: modelId,
    displayName: modelId,
    dimension,
    visibility: 'PUBLIC',
    inferenceEnabled: false,
    layers,
    neuronsPerLayer,
    owner: '',
  };
}

export function sourceSetRow(
  { modelId, release, creatorId, creatorName }: NeuronpediaNames,
  setName: string,
  description: string,
) {
  return {
    modelId,
    name: setName,
    creatorId,
    creatorName,
    hasDashboards: true,
    visibility: 'PUBLIC',
    description,
    type: '',
    urls: [],
    releaseName: release,
  };
}

export function sourceRow(
  { modelId, creatorId }: NeuronpediaNames,
  source: string,
  setName: string,
  { prompts, tokensInPrompt, dataset }: { prompts: number; tokensInPrompt: number | null; dataset: string },
) {
  return {
    id: source,
    modelId,
    setName,
    creatorId,
    hasDashboards: true,
    inferenceEnabled: false,
    visibility: 'PUBLIC',
    num_prompts: prompts,
    num_tokens_in_prompt: tokensInPrompt,
    dataset,
  };
}

/** A neuron; what only the model's weights could say (logits, alignments, vectors) is empty. */
export function featureRow(
  { modelId, creatorId }: NeuronpediaNames,
  source: string,
  figures: NeuronRow,
  bins: readonly CountedBin[],
) {
  const max = figures.max === null ? 0 : Math.max(0, shortFloat32(figures.max));
  const finite = figures.count - figures.nan_count - figures.inf_count;
  const { values, heights } = evenBars(positiveBins(bins, figures.positive_count), max, BARS);
  return {
    modelId,
    layer: source,
    index: String(figures.neuron),
    creatorId,
    maxActApprox: max,
    hasVector: false,
    vector: [],
    frac_nonzero: finite === 0 ? 0 : (finite - figures.zero_count) / finite,
    freq_hist_data_bar_values: values,
    freq_hist_data_bar_heights: heights,
    pos_str: [],
    pos_values: [],
    neg_str: [],
    neg_values: [],
    logits_hist_data_bar_values: [],
    logits_hist_data_bar_heights: [],
    topkCosSimIndices: [],
    topkCosSimValues: [],
    neuron_alignment_indices: [],
    neuron_alignment_values: [],
    neuron_alignment_l1: [],
    correlated_neurons_indices: [],
    correlated_neurons_pearson: [],
    correlated_neurons_l1: [],
    correlated_features_indices: [],
    correlated_features_pearson: [],
    correlated_features_l1: [],
    decoder_weights_dist: [],
  };
}

/** The bins above 0, and of the one around 0 what is positive: what positive values the others do not hold. */
function positiveBins(bins: readonly CountedBin[], positives: number): CountedBin[] {
  const above = bins.filter(({ lower }) => lower >= 0);
  const around = bins.find(({ lower, upper }) => lower < 0 && upper > 0);
  const count = above.reduce((rest, bin) => rest - bin.count, positives);
  return around === undefined || count === 0 ? above : [{ lower: 0, upper: around.upper, count }, ...above];
}

/**
 * A top example. Bins of −1 are how Neuronpedia tells the group of the largest activations.
 * @param profile its sha256, for ids that no other profile's examples have
 */
export function activationRow(
  { modelId, creatorId }: NeuronpediaNames,
  source: string,
  figures: NeuronRow,
  example: ExampleRow,
  { tokens, activations }: ExampleRecord,
  profile: string,
) {
  const maxValue = Math.max(...activations);
  return {
    id: rowId([profile, modelId, source, example.neuron, example.document, example.window, example.position]),
    tokens,
    index: String(figures.neuron),
    layer: source,
    modelId,
    maxValue,
    maxValueTokenIndex: activations.indexOf(maxValue),
    minValue: Math.min(...activations),
    values: activations,
    creatorId,
    dataIndex: String(example.document),
    dataSource: example.file,
    binMin: -1,
    binMax: figures.max === null ? maxValue : shortFloat32(figures.max),
    binContains: -1,
    qualifyingTokenIndex: example.position - example.context_start,
    dfaValues: [],
    lossValues: [],
  };
}

/** 25 characters that begin with c, as the ids there do: the same for the same row, another for any other. */
function rowId(parts: readonly (string | number)[]): string {
  return `c${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`;
}
