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

/**
 * The merged states as rows to write, a layer at a time, made anew at each walk
 * so that no more than one layer's rows are in memory.
 */
export function profileLayers(plan: RunPlan, layers: readonly LayerState[]): Iterable<ProfileLayer> {
  const wanted = tablesOf(plan.request.command);
  const range = plan.accumulators.sketchRange;
  return {
    *[Symbol.iterator]() {
      for (const [i, state] of layers.entries()) {
        const { site } = plan.exposure.outputs[i]!;
        const neurons = plan.columns[i] ?? Int32Array.from({ length: site.dMlp }, (_, neuron) => neuron);
        yield {
          site,
          figures: layerFigures(state, neurons, range),
          histogram: wanted.histograms ? histogramRows(state.sketch, neurons, range) : null,
          top: wanted.examples ? rankExamples(state.top) : null,
          bottom: wanted.examples && state.bottom !== null ? rankExamples(state.bottom) : null,
        };
      }
    },
  };
}
