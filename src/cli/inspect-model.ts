import { exposeModel } from '../model/expose.js';
import { locateModel } from '../model/locate-model.js';
import { modelFiles } from '../model/model-files.js';
import type { Site, TensorType } from '../model/types.js';
import { readModel } from '../onnx/read-model.js';
import type { Inspection } from '../report/inspection.js';
import { predictMemory } from '../run/memory.js';
import type { InspectOptions } from './command-inspect.js';
import { DEFAULTS } from './profiling-options.js';

/**
 * What a run of these options would tap.
 * @throws UserError where the model cannot be profiled
 */
export function inspectModel(
  given: string,
  { tap, layers, outputs }: Pick<InspectOptions, 'tap' | 'layers' | 'outputs'>,
): { inspection: Inspection; notices: string[] } {
  const located = locateModel(given);
  const model = readModel(located.onnxPath);
  const exposed = exposeModel(model, { tap, layers: layers ?? null, outputs: outputs ?? null });
  const selected = new Set(exposed.exposure.outputs.map(({ site }) => key(site)));
  const fed = new Set(exposed.exposure.feeds.map(({ input }) => input.name));
  const width = exposed.exposure.outputs.reduce((sum, { site }) => sum + site.dMlp, 0);
  const inspection: Inspection = {
    model: located.onnxPath,
    ir_version: model.irVersion,
    opset: model.opsets,
    producer: model.producer,
    inputs: exposed.inputs.map(
      ({ name, type, shape }: { name: string; type: TensorType; shape: (number | string | null)[] }) => ({
        name,
        type,
        shape,
        fed: fed.has(name),
      }),
    ),
    sites: exposed.sites.map((site) => ({
      group: site.group,
      layer: site.layer,
      d_model: site.dModel,
      d_mlp: site.dMlp,
      activation: site.activation,
      gated: site.gated,
      tap: site.tap,
      tensor: site.tensor,
      nodes: site.nodes,
      selected: selected.has(key(site)),
    })),
    parameters: exposed.parameters,
    pruned: exposed.pruned,
    memory: predictMemory(
      {
        activeAbove: DEFAULTS.activeAbove,
        sketchRange: { low: DEFAULTS.sketchRange[0], high: DEFAULTS.sketchRange[1] },
        k: DEFAULTS.top,
        bottom: false,
        around: DEFAULTS.around,
        distinct: 'document',
        per: 'token',
      },
      {
        neurons: width,
        width,
        rows: DEFAULTS.batchTokens,
        modelBytes: modelFiles(model, given).reduce((sum, { bytes }) => sum + bytes, 0),
      },
    ),
  };
  return { inspection, notices: [located.notice, ...exposed.notices].filter((notice) => notice !== null) };
}

function key({ group, layer }: Site): string {
  return `${group}:${layer}`;
}
