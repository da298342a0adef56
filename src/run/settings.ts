import type { ExplainKind } from '../accumulate/explain-kinds.js';
import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { LEXICAL_FIELD } from '../core/lexical-field.js';
import { PAD_ID } from '../model/fill-feeds.js';
import type { Manifest } from '../profile/types.js';
import type { RunPlan } from './plan.js';
import type { ProfileRequest } from './types.js';

/** What of a request the accumulators are made with. */
export function accumulatorSettings(request: Omit<ProfileRequest, 'model' | 'corpus'>): AccumulatorSettings {
  const { activeAbove, sketchRange, top, bottom, around, distinct, per, samples, seed } = request;
  const [low, high] = sketchRange;
  return {
    ...{ activeAbove, sketchRange: { low, high }, k: top, bottom, around, distinct, per, ...samples, seed },
    ...labelSettings(request.labelFields, request.maxLabels),
    ...permutationSettings(request.permutations),
    ...explainSettings(request.explain),
    ...spanSettings(request.spanFields, request.lexical, request.maxLabels),
    ...(request.gateCases ? { gateCases: true } : {}),
  };
}

/** The part of the settings that labels take: nothing where no field was asked for. */
export function labelSettings(fields: readonly string[], most: number): Pick<AccumulatorSettings, 'labels'> {
  return fields.length === 0 ? {} : { labels: { fields, most } };
}

/** The part of the settings that `--permutations` takes: nothing where it was not asked for. */
export function permutationSettings(documents: number): Pick<AccumulatorSettings, 'permutations'> {
  return documents === 0 ? {} : { permutations: documents };
}

/** The part of the settings that `--explain` takes: nothing where it was not asked for. */
export function explainSettings(explain: readonly ExplainKind[]): Pick<AccumulatorSettings, 'explain'> {
  return explain.length === 0 ? {} : { explain };
}

/** The part of the settings that labels of spans take: nothing where none were asked for. */
export function spanSettings(
  fields: readonly string[],
  lexical: boolean,
  most: number,
): Pick<AccumulatorSettings, 'spans'> {
  const all = lexical ? [...fields, LEXICAL_FIELD] : fields;
  return all.length === 0 ? {} : { spans: { fields: all, most } };
}

/** Every setting that can change a byte of a profile, as the manifest records them. */
export function recordedSettings(plan: RunPlan): Manifest['settings'] {
  const { request, exposure } = plan;
  return {
    text_field: request.fields.textField,
    id_field: request.fields.idField,
    tap: request.tap,
    layers:
      exposure.outputs.length === plan.sites.length
        ? null
        : exposure.outputs.map(({ site }) => layerName(site)),
    neurons: plan.neurons,
    outputs: request.outputs,
    down_projection: request.downProjection,
    tensors: request.tensors === null ? null : [...request.tensors],
    top: request.top,
    bottom: request.bottom,
    distinct: request.distinct,
    per: request.per,
    random_examples: request.samples.random,
    band_examples: request.samples.bands,
    seed: request.seed,
    ...matchRecorded(request),
    ...(request.gateCases ? { gate_cases: true } : {}),
    ...labelsRecorded(request),
    ...(request.dump === null ? {} : { dump: request.dump.to, dump_above: request.dump.above }),
    ...(request.explain.length === 0 ? {} : { explain: [...request.explain] }),
    context: plan.context,
    around: request.around,
    active_above: request.activeAbove,
    sketch_range: [...request.sketchRange],
    count_special: request.countSpecial,
    skip_first: request.skipFirst,
    ...(request.skipUntil === null ? {} : { skip_until: request.skipUntil }),
    block_size: request.blockSize,
    batch_tokens: request.batchTokens,
    batch_rule: exposure.batchRule,
    pad_id: PAD_ID,
    max_line_bytes: request.maxLineBytes,
    on_bad_record: request.onBadRecord,
    limit: request.limit,
    threads: request.threads,
    device: request.device,
  };
}

/** Only where it was asked for, so that runs without go on from states that knew of none. */
function matchRecorded({ samples: { match = 0 } }: ProfileRequest): Manifest['settings'] {
  return match === 0 ? {} : { match_positions: match };
}

/** Only where labels were asked for, so that runs without go on from states that knew of none. */
function labelsRecorded(request: ProfileRequest): Manifest['settings'] {
  const { labelFields, spanFields, lexical, maxLabels, permutations } = request;
  return {
    ...(labelFields.length === 0 ? {} : { label_fields: [...labelFields] }),
    ...(permutations === 0 ? {} : { permutation_documents: permutations }),
    ...(spanFields.length === 0 ? {} : { span_fields: [...spanFields] }),
    ...(labelFields.length + spanFields.length === 0 ? {} : { max_labels: maxLabels }),
    // What characters are letters and marks hangs on it.
    ...(lexical ? { lexical: `Unicode ${process.versions['unicode']}` } : {}),
  };
}

function layerName({ group, layer }: { group: string; layer: number }): string {
  return `${group === '' ? '' : `${group}.`}L${layer}`;
}
