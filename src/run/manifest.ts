import type { LayerState } from '../accumulate/layer-state.js';
import type { FileFacts } from '../corpus/types.js';
import type { FileEntry, Manifest, ManifestDraft } from '../profile/types.js';
import { FORMAT_VERSION } from '../profile/format.js';
import { mostSelective } from '../profile/selectivity.js';
import { formatNeuron } from '../core/neuron-name.js';
import { hashOfList } from './hash-files.js';
import type { BlockSummary } from './messages.js';
import type { RunPlan } from './plan.js';
import { processorKind } from './processor.js';
import { profileLayers } from './profile-layers.js';
import { recordedSettings } from './settings.js';

/** Neurons that the manifest names as most selective. */
const NAMED = 20;

/** What a profile is of. A pure function of model, tokenizer, corpus and settings: no clock, worker or host. */
export function makeManifest(
  plan: RunPlan,
  facts: readonly FileFacts[],
  layers: readonly LayerState[],
  done: BlockSummary,
  files: { model: FileEntry[]; tokenizer: FileEntry[] },
): ManifestDraft {
  const { request, exposure, columns } = plan;
  return {
    format: 'neuroprobe-profile',
    format_version: FORMAT_VERSION,
    command: request.command,
    processor: processorKind(),
    model: {
      path: request.model,
      files: files.model,
      tap: request.tap,
      parameters: plan.parameters,
      layers_in_model: plan.sites.length,
      sites: exposure.outputs.map(({ site }, i) => ({
        group: site.group,
        layer: site.layer,
        d_model: site.dModel,
        d_mlp: site.dMlp,
        activation: site.activation,
        gated: site.gated,
        tensor: site.tensor,
        neurons: columns[i]?.length ?? site.dMlp,
      })),
    },
    tokenizer:
      plan.tokenizer === null
        ? null
        : { path: plan.tokenizer, files: files.tokenizer, sha256: hashOfList(files.tokenizer) },
    corpus: {
      sha256: hashOfList(facts),
      files: facts.map(({ path, bytes, sha256, records }) => ({ path, bytes, sha256, records })),
      records: facts.reduce((sum, { records }) => sum + records, 0),
      documents: done.documents,
      windows: done.windows,
      counted_tokens: done.countedTokens,
      rejects: {},
    },
    settings: recordedSettings(plan),
    summary: summaryOf(plan, layers),
  };
}

function summaryOf(plan: RunPlan, layers: readonly LayerState[]): Manifest['summary'] {
  const figures = [...profileLayers({ ...plan, request: { ...plan.request, command: 'stats' } }, layers)];
  const named = mostSelective(figures, NAMED);
  const count = (of: (layer: (typeof figures)[number]['figures'], j: number) => boolean) =>
    figures.reduce(
      (sum, layer) => sum + layer.figures.neuron.reduce((n, _, j) => n + Number(of(layer.figures, j)), 0),
      0,
    );
  return {
    neurons: count(() => true),
    dead: count((layer, j) => layer.dead[j] === 1),
    broken: count((layer, j) => layer.nan[j]! + layer.inf[j]! > 0),
    most_selective: named.map(({ selectivity, ...neuron }) => ({
      neuron: formatNeuron(neuron),
      selectivity,
    })),
  };
}
