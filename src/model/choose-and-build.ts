import { formatLayer } from '../core/neuron-name.js';
import { viewGraph, type GraphView } from '../onnx/graph-view.js';
import type { ModelInfo } from '../onnx/types.js';
import { chooseSites, type ChosenSites, type SiteChoice } from './choose-sites.js';
import { exposedGraph, type ExposedGraph } from './exposed-graph.js';
import { noSites, searchSites } from './find-sites.js';

export interface ChosenModel extends ChosenSites {
  view: GraphView;
}

/**
 * Finds the FFNs of a model, and chooses those asked for. Whether a text can feed the graph is not asked.
 * @throws UserError: 69 where the graph has none; 2 where the choice names what is not there
 */
export function chooseFrom(model: ModelInfo, choice: SiteChoice): ChosenModel {
  const view = viewGraph(model);
  // Whoever names tensors needs no search, which may refuse the graph.
  const found = choice.tensors === null ? searchSites(view, choice.tap) : [];
  const named = choice.outputs ?? choice.downProjection ?? choice.tensors;
  if (found.length === 0 && named === null) throw noSites(view);
  return { view, ...chooseSites(view, found, choice) };
}

/** The graph that gives out the chosen taps under names for people: `L0.post`, `enc.L3.post`. */
export function exposeChosen(
  { view, selected }: ChosenModel,
  { keepOutputs }: { keepOutputs: boolean },
): ExposedGraph {
  const taps = selected.map(({ tensor, dMlp, channelAxes, group, layer, tap }) => ({
    tensor,
    dMlp,
    channelAxes,
    name: `${formatLayer(group, layer)}.${tap}`,
  }));
  return exposedGraph(view, taps, { keepOutputs });
}
