import { Exit, UserError } from '../../core/errors.js';
import { formatLayer } from '../../core/neuron-name.js';
import type { Manifest } from '../../profile/types.js';

/** A thing that two profiles must share, or their figures say nothing of each other. */
export interface Mismatch {
  what: string;
  a: string;
  b: string;
}

/** Settings on which every figure hangs, by their option. */
const FIGURE_SETTINGS = {
  tap: '--tap',
  active_above: '--active-above',
  context: '--context',
  count_special: '--count-special',
  skip_first: '--skip-first',
  skip_until: '--skip-until',
  text_field: '--text-field',
  limit: '--limit',
} as const;

/** Settings on which examples hang. */
const EXAMPLE_SETTINGS = { top: '--top', distinct: '--distinct', per: '--per' } as const;

/**
 * What of corpus, tokenizer and settings differs, so that a difference of
 * figures could come from it and not from the model. Paths may differ, and so
 * may settings that change last digits only (batches, threads, device).
 */
export function mismatches(a: Manifest, b: Manifest): Mismatch[] {
  const pairs: [what: string, a: unknown, b: unknown][] = [
    ...settingPairs(FIGURE_SETTINGS, a, b),
    ['sha256 of the corpus', a.corpus.sha256, b.corpus.sha256],
    ['sha256 of the tokenizer', a.tokenizer?.sha256 ?? 'none', b.tokenizer?.sha256 ?? 'none'],
    ['documents', a.corpus.documents, b.corpus.documents],
    ['windows', a.corpus.windows, b.corpus.windows],
    ['counted tokens', a.corpus.counted_tokens, b.corpus.counted_tokens],
  ];
  return differing(pairs);
}

/** What differs of the rules by which examples were kept: where anything does, their overlap is not given. */
export function exampleMismatches(a: Manifest, b: Manifest): Mismatch[] {
  return differing(settingPairs(EXAMPLE_SETTINGS, a, b));
}

/**
 * @param allowDifferent takes other corpora, tokenizers and settings, but never other neurons or bins
 * @param match whether neurons are matched, which may be as many as they like then, in the same layers
 * @throws UserError (exit 78) naming the first thing that does not fit
 */
export function requireComparable(
  a: { folder: string; manifest: Manifest },
  b: { folder: string; manifest: Manifest },
  { allowDifferent, match = false }: { allowDifferent: boolean; match?: boolean },
): void {
  const where = `${a.folder} and ${b.folder}`;
  const shape = shapePairs(a.manifest, b.manifest);
  const [neurons] = differing(match ? shape.slice(0, 1) : shape);
  if (neurons !== undefined) {
    throw unfit(
      neurons,
      where,
      'compare profiles of models of one shape, made with the same --layers and --neurons',
    );
  }
  const range = (manifest: Manifest) => (manifest.settings['sketch_range'] as number[]).join(':');
  const [bins] = differing([['--sketch-range', range(a.manifest), range(b.manifest)]]);
  if (bins !== undefined) throw unfit(bins, where, 'make one of them again with the other’s --sketch-range');
  const found = mismatches(a.manifest, b.manifest);
  if (found.length > 0 && !allowDifferent) {
    throw unfit(
      found[0]!,
      where,
      'profile both with the same corpus, tokenizer and settings, or compare them as they are with --allow-different',
    );
  }
}

function unfit({ what, a, b }: Mismatch, where: string, todo: string): UserError {
  return new UserError({
    what: `these profiles cannot be compared: ${what} is ${a} in one and ${b} in the other`,
    where,
    todo,
    exit: Exit.SETTINGS,
  });
}

/** The layers, first, and their neurons; names of tensors, the activation function and the gate may be others. */
function shapePairs(a: Manifest, b: Manifest): [what: string, a: unknown, b: unknown][] {
  const layers = ({ model }: Manifest) =>
    model.sites.map(({ group, layer }) => formatLayer(group, layer)).join(', ');
  return [
    ['the list of layers', layers(a), layers(b)],
    ...a.model.sites.flatMap((site, i): [string, unknown, unknown][] => {
      const other = b.model.sites[i];
      const of = (what: string) => `${what} of ${formatLayer(site.group, site.layer)}`;
      return [
        [of('d_model'), site.d_model, other?.d_model],
        [of('d_mlp'), site.d_mlp, other?.d_mlp],
        [of('the number of neurons'), site.neurons, other?.neurons],
      ];
    }),
    ['the choice of neurons', a.settings['neurons'] ?? 'all', b.settings['neurons'] ?? 'all'],
  ];
}

function settingPairs(settings: Readonly<Record<string, string>>, a: Manifest, b: Manifest) {
  return Object.entries(settings).map(([key, flag]): [string, unknown, unknown] => [
    flag,
    a.settings[key] ?? 'none',
    b.settings[key] ?? 'none',
  ]);
}

export function differing(pairs: readonly [what: string, a: unknown, b: unknown][]): Mismatch[] {
  return pairs
    .filter(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b))
    .map(([what, a, b]) => ({ what, a: short(a), b: short(b) }));
}

/** A value as it can stand in a line; of a hash the digits that tell files apart for people. */
function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none');
  if (/^[0-9a-f]{64}$/.test(text)) return text.slice(0, 16);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
