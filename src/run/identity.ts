import type { ExplainKind } from '../accumulate/explain-kinds.js';
import type { AccumulatorSettings } from '../accumulate/layer-state.js';
import { describeSite } from '../model/describe-site.js';
import type { RunIdentity } from '../profile/state/types.js';
import type { FileEntry } from '../profile/types.js';
import { hashOfList } from './hash-files.js';
import type { RunPlan } from './plan.js';
import { processorKind } from './processor.js';
import {
  explainSettings,
  labelSettings,
  permutationSettings,
  recordedSettings,
  spanSettings,
} from './settings.js';

/** What a run is of: all that its data hang on, before anything is computed. */
export function identityOf(
  plan: RunPlan,
  files: { model: FileEntry[]; tokenizer: FileEntry[] },
): RunIdentity {
  const { request, exposure, columns } = plan;
  return {
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
    settings: recordedSettings(plan),
    corpus: plan.corpus.map(({ path, size }) => ({ path, size })),
  };
}

/** What of an identity the accumulators are made with. */
export function accumulatorsOf({ settings }: Pick<RunIdentity, 'settings'>): AccumulatorSettings {
  const [low, high] = settings['sketch_range'] as [number, number];
  return {
    activeAbove: settings['active_above'] as number,
    sketchRange: { low, high },
    k: settings['top'] as number,
    bottom: settings['bottom'] as boolean,
    around: settings['around'] as number,
    distinct: settings['distinct'] as AccumulatorSettings['distinct'],
    per: settings['per'] as AccumulatorSettings['per'],
    random: (settings['random_examples'] ?? 0) as number,
    bands: (settings['band_examples'] ?? 0) as number,
    seed: (settings['seed'] ?? 0) as number,
    match: (settings['match_positions'] ?? 0) as number,
    ...(settings['gate_cases'] === true ? { gateCases: true } : {}),
    ...labelSettings((settings['label_fields'] ?? []) as string[], settings['max_labels'] as number),
    ...permutationSettings((settings['permutation_documents'] ?? 0) as number),
    ...explainSettings((settings['explain'] ?? []) as ExplainKind[]),
    ...spanSettings(
      (settings['span_fields'] ?? []) as string[],
      settings['lexical'] !== undefined,
      (settings['max_labels'] ?? 0) as number,
    ),
  };
}

/** One thing in which two runs differ, each value in at most a line's worth of characters. */
export interface Difference {
  what: string;
  was: string;
  is: string;
}

type Compared = [what: string, was: unknown, is: unknown];

/** Settings side by side: some are recorded only where they were asked for, so either may have one alone. */
export function settingPairs(was: RunIdentity['settings'], is: RunIdentity['settings']): Compared[] {
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].map((key) => [key, was[key], is[key]]);
}

/** The first thing in which two identities differ; null where they are one. */
export function firstDifference(was: RunIdentity, is: RunIdentity): Difference | null {
  return differenceOf([
    ['command', was.command, is.command],
    ...settingPairs(was.settings, is.settings),
    ['processor', was.processor, is.processor],
    ['model', was.model.path, is.model.path],
    ['sha256 of the model', hashOfList(was.model.files), hashOfList(is.model.files)],
    ['model', was.model, is.model],
    ['tokenizer', was.tokenizer?.path ?? null, is.tokenizer?.path ?? null],
    ['sha256 of the tokenizer', was.tokenizer?.sha256 ?? null, is.tokenizer?.sha256 ?? null],
    ['list of corpus files', was.corpus.map(({ path }) => path), is.corpus.map(({ path }) => path)],
    ...was.corpus.map(({ path, size }, i): Compared => [
      `size of ${path} in bytes`,
      size,
      is.corpus[i]?.size,
    ]),
  ]);
}

/** The first of the pairs whose values differ. */
export function differenceOf(pairs: readonly Compared[]): Difference | null {
  const differing = pairs.find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
  if (differing === undefined) return null;
  const [what, a, b] = differing;
  return { what, was: show(a), is: show(b) };
}

/** A value in at most a line's worth of characters. */
function show(value: unknown): string {
  const text = value === undefined ? 'not recorded' : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
