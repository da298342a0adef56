import { layerFigures } from '../accumulate/figures.js';
import { histogramRows } from '../accumulate/histogram.js';
import type { LayerState } from '../accumulate/layer-state.js';
import { rankExamples } from '../accumulate/rank-examples.js';
import type { ProfileLayer, TablesWanted } from '../profile/types.js';
import type { RunPlan } from './plan.js';
import type { Command } from './types.js';

/** The tables that a command writes. */
export function tablesOf(command: Command): TablesWanted {
  return {
    neurons: command !== 'topk',
    examples: command !== 'stats',
    histograms: command !== 'topk',
    layers: command !== 'topk',
  };
}

/** The merged states as figures, a layer at a time. */
export function* figuresOfLayers(
  plan: RunPlan,
  layers: readonly LayerState[],
): Generator<Pick<ProfileLayer, 'site' | 'figures'>> {
  for (const [i, state] of layers.entries()) {
    const { site } = plan.exposure.outputs[i]!;
    const neurons = plan.columns[i] ?? Int32Array.from({ length: site.dMlp }, (_, neuron) => neuron);
    yield { site, figures: layerFigures(state, neurons, plan.accumulators.sketchRange) };
  }
}

/** The merged states as rows to write, made a layer at a time so that no more are in memory. */
export function* profileLayers(plan: RunPlan, layers: readonly LayerState[]): Generator<ProfileLayer> {
  const wanted = tablesOf(plan.request.command);
  let i = 0;
  for (const { site, figures } of figuresOfLayers(plan, layers)) {
    const { sketch, top, bottom } = layers[i++]!;
    yield {
      site,
      figures,
      histogram: wanted.histograms
        ? histogramRows(sketch, figures.neuron, plan.accumulators.sketchRange)
        : null,
      top: wanted.examples ? rankExamples(top) : null,
      bottom: wanted.examples && bottom !== null ? rankExamples(bottom) : null,
    };
  }
}
