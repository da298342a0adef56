import path from 'node:path';
import type { Manifest } from '../profile/types.js';

/** How an export is named at Neuronpedia. */
export interface NeuronpediaNames {
  modelId: string;
  /** Of the source set; a source is `<layer>-<set>`. */
  sourceSet: string;
  release: string;
  creatorId: string;
  creatorName: string;
}

/** The account that Neuronpedia's bulk imports use where none is named (SAEDashboard, neuronpedia_export.py). */
export const CREATOR_ID = 'clkht01d40000jv08hvalcvly';
export const CREATOR_NAME = 'neuroprobe';

/** Names that were not given come from the name of the model's file, or of its folder where that is `model.onnx`. */
export function neuronpediaNames({ model }: Manifest, given: Partial<NeuronpediaNames>): NeuronpediaNames {
  const file = path.basename(path.resolve(model.path)).replace(/\.onnx$/, '');
  const named = file === 'model' ? path.basename(path.dirname(path.resolve(model.path))) : file;
  const modelId = given.modelId ?? (named.replace(/[^\w.-]+/g, '-').replace(/^[^\w]+/, '') || 'model');
  return {
    modelId,
    sourceSet: given.sourceSet ?? `mlp-${model.tap}`,
    release: given.release ?? `neuroprobe-${modelId}`,
    creatorId: given.creatorId ?? CREATOR_ID,
    creatorName: given.creatorName ?? CREATOR_NAME,
  };
}
