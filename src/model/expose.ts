import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { fedInputs, type GraphView } from '../onnx/graph-view.js';
import type { ModelInfo } from '../onnx/types.js';
import { batchRuleOf } from './batch-rule.js';
import { buildModel } from './build-model.js';
import { chooseFrom, type ChosenModel } from './choose-and-build.js';
import type { SiteChoice } from './choose-sites.js';
import { lookupsOf } from './embedding.js';
import { findEncoder } from './encoder-file.js';
import { gateFactors } from './gate-factors.js';
import { graphInput, planFeeds } from './feeds.js';
import { readModelConfig, type ModelConfig } from './model-config.js';
import { countParameters } from './parameters.js';
import { sessionBytes } from './session-bytes.js';
import type { Exposure, Feed, GraphInput, Site } from './types.js';

/** A model as a run sees it, and what there is to say of it. */
export interface ExposedModel {
  exposure: Exposure;
  /** All sites of the graph, selected or not. */
  sites: Site[];
  /** The encoder that a decoder is fed by, where it lies in a file of its own. */
  encoder: ModelInfo | null;
  /** All inputs of the graph, fed or not. */
  inputs: GraphInput[];
  /** Elements of the weights. */
  parameters: number;
  /** Bytes that a session keeps of the weights. */
  sessionBytes: number;
  pruned: { nodes: number; nodes_in_model: number };
  /** Sentences for the user. */
  notices: string[];
}

/**
 * Makes a model give out its neurons: finds its FFNs, chooses those asked for,
 * and builds the smallest model that computes them.
 * @param how `gateCases`: gives out the factors of gated FFNs too
 * @throws UserError: 69 where the graph has none, no gates where these are asked for, or inputs that we cannot feed; 2 where the choice names what is not there
 */
export function exposeModel(
  model: ModelInfo,
  choice: SiteChoice,
  { gateCases = false }: { gateCases?: boolean } = {},
): ExposedModel {
  return exposeToRun(chooseFrom(model, choice), gateCases);
}

/** @throws UserError (69) for inputs that we cannot feed */
export function exposeToRun(chosen: ChosenModel, gateCases = false): ExposedModel {
  const { view, sites, selected, notices } = oneGroup(chosen);
  const { model } = view;
  const factors = gateCases ? gateFactors(view, sites, selected) : [];
  const built = buildModel(view, [...selected, ...factors]);
  const config = readModelConfig(path.dirname(model.path));
  const feeds = planFeeds(view, built.pruned.inputs, config);
  const takes = (...kinds: Feed['kind'][]) => feeds.some(({ kind }) => kinds.includes(kind));
  const decodes = takes('source_ids', 'encoder_hidden_states');
  const encoder = takes('encoder_hidden_states') ? findEncoder(model) : null;
  // Each window has a source of its own length.
  const batchRule = decodes ? 'single' : batchRuleOf(view, built.pruned.nodes, feeds);
  const ids = feeds.find(({ kind }) => kind === 'input_ids')!.input;
  const exposure: Exposure = {
    modelBytes: built.modelBytes,
    externalFolder: built.externalFolder,
    outputs: selected.map((site, i) => ({ site, output: built.outputs[i]! })),
    ...(gateCases
      ? { factors: factors.map((site, i) => ({ site, output: built.outputs[selected.length + i]! })) }
      : {}),
    noCopy: built.noCopy,
    feeds,
    batchRule,
    decodes,
    encoder: encoder?.file ?? null,
    fixedBatch: fixed(ids.shape.at(-2)),
    fixedSequence: fixed(ids.shape.at(-1)),
    vocabulary: smallest(lookupsOf(view, ids.name).map(({ rows }) => rows)),
    positions: positionsOf(view, feeds, config),
  };
  refuseFixedWithoutMask(model, exposure);
  return {
    exposure,
    sites,
    encoder: encoder?.model ?? null,
    inputs: inputsOf(view),
    parameters: countParameters(view),
    sessionBytes: sessionBytes(built.weights),
    pruned: { nodes: built.pruned.nodes.length, nodes_in_model: view.graph.nodes.length },
    notices,
  };
}

/** Encoder and decoder are fed different texts, so a run reads one of them: the encoder, unless the decoder alone is asked for. */
function oneGroup(chosen: ChosenModel): ChosenModel {
  const { selected, notices } = chosen;
  const encoder = selected.filter(({ group }) => group === 'encoder');
  if (encoder.length === 0 || encoder.length === selected.length) return chosen;
  const decoder = selected.filter(({ group }) => group === 'decoder').map(({ layer }) => layer);
  const range = `dec.${Math.min(...decoder)}-${Math.max(...decoder)}`;
  const notice = `the encoder is profiled; its decoder is a run of its own: --layers ${range}, records with decoder_input_ids`;
  return { ...chosen, selected: encoder, notices: [...notices, notice] };
}

/** The graph's inputs, without initializers that are listed as such. */
export function inputsOf({ graph }: GraphView): GraphInput[] {
  return fedInputs(graph).map(graphInput);
}

function fixed(dimension: number | string | null | undefined): number | null {
  return typeof dimension === 'number' && dimension > 0 ? dimension : null;
}

function smallest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((a, b) => Math.min(a, b));
}

/** The longest sequence that config.json and the table of positions allow. */
function positionsOf(view: GraphView, feeds: readonly Feed[], { positions }: ModelConfig): number | null {
  const input = feeds.find(({ kind }) => kind === 'position_ids')?.input.name;
  const rows = input === undefined ? [] : lookupsOf(view, input).map((lookup) => lookup.rows);
  return smallest([...rows, ...(positions === null ? [] : [positions])]);
}

/** Every window would have to be padded to the fixed length, and nothing would tell padding from text. */
function refuseFixedWithoutMask(model: ModelInfo, { fixedSequence, feeds }: Exposure): void {
  if (fixedSequence === null || feeds.some(({ kind }) => kind === 'attention_mask')) return;
  throw new UserError({
    what: `this graph takes exactly ${fixedSequence} tokens and has no attention mask, so padding would pass for text`,
    where: model.path,
    todo: 'export it with a sequence axis that is free, or with attention_mask as an input',
    exit: Exit.MODEL,
  });
}
