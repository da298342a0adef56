import type { LayerState } from '../accumulate/layer-state.js';
import { describeSite } from '../model/describe-site.js';
import type { FileFacts } from '../corpus/types.js';
import type { FileEntry, ManifestDraft } from '../profile/types.js';
import { FORMAT_VERSION } from '../profile/format.js';
import { summarise } from '../profile/summary.js';
import { hashOfList } from './hash-files.js';
import type { BlockSummary } from './messages.js';
import type { RunPlan } from './plan.js';
import { processorKind } from './processor.js';
import { figuresOfLayers } from './profile-layers.js';
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
        ...describeSite(site),
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
    summary: summarise(figuresOfLayers(plan, layers), NAMED),
  };
}
