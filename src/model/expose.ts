import path from 'node:path';
import { Exit, UserError } from '../core/errors.js';
import { viewGraph, type GraphView } from '../onnx/graph-view.js';
import type { ModelInfo } from '../onnx/types.js';
import { batchRuleOf } from './batch-rule.js';
import { buildModel } from './build-model.js';
import { chooseSites, type SiteChoice } from './choose-sites.js';
import { lookupsOf } from './embedding.js';
import { graphInput, planFeeds } from './feeds.js';
import { noSites, searchSites } from './find-sites.js';
import { readModelConfig, type ModelConfig } from './model-config.js';
import { countParameters } from './parameters.js';
import type { Exposure, Feed, GraphInput, Site } from './types.js';

/** A model as a run sees it, and what there is to say of it. */
export interface ExposedModel {
  exposure: Exposure;
  /** All sites of the graph, selected or not. */
  sites: Site[];
  /** All inputs of the graph, fed or not. */
  inputs: GraphInput[];
  /** Elements of the weights. */
  parameters: number;
  pruned: { nodes: number; nodes_in_model: number };
  /** Sentences for the user. */
  notices: string[];
}

/**
 * Makes a model give out its neurons: finds its FFNs, chooses those asked for,
 * and builds the smallest model that computes them.
 * @throws UserError: 69 where the graph has none, or inputs that we cannot feed; 2 where the choice names what is not there
 */
export function exposeModel(model: ModelInfo, choice: SiteChoice): ExposedModel {
  const view = viewGraph(model);
  const found = searchSites(view, choice.tap);
  if (found.length === 0 && choice.outputs === null) throw noSites(view);
  const { sites, selected, notices } = chooseSites(view, found, choice);
  const built = buildModel(
    view,
    selected.map(({ tensor }) => tensor),
  );
  const config = readModelConfig(path.dirname(model.path));
  const feeds = planFeeds(view, built.pruned.inputs, config);
  const batchRule = batchRuleOf(built.pruned.nodes, feeds);
  const ids = feeds.find(({ kind }) => kind === 'input_ids')!.input;
  const exposure: Exposure = {
    modelBytes: built.modelBytes,
    externalFolder: built.externalFolder,
    outputs: selected.map((site, i) => ({ site, output: built.outputs[i]! })),
    feeds,
    batchRule,
    fixedBatch: fixed(ids.shape.at(-2)),
    fixedSequence: fixed(ids.shape.at(-1)),
    vocabulary: smallest(lookupsOf(view, ids.name).map(({ rows }) => rows)),
    positions: positionsOf(view, feeds, config),
  };
  refuseFixedWithoutMask(model, exposure);
  return {
    exposure,
    sites,
    inputs: view.graph.inputs.filter(({ name }) => !view.graph.initializers.has(name)).map(graphInput),
    parameters: countParameters(view),
    pruned: { nodes: built.pruned.nodes.length, nodes_in_model: view.graph.nodes.length },
    notices,
  };
}

function fixed(dimension: number | string | null | undefined): number | null {
  return typeof dimension === 'number' && dimension > 0 ? dimension : null;
}

function smallest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.min(...numbers);
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
