import type { AccumulatorSettings, LabelSettings, LayerState } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';
import { LEXICAL_FIELD } from '../core/lexical-field.js';

export interface LabelName {
  /** Number of the field among those asked for: of documents' labels, then of spans. */
  field: number;
  label: string;
}

/** The labels met so far, which may not be more than `--max-labels`: each takes memory for every neuron. */
export class LabelCap {
  private readonly settings: LabelSettings;
  private readonly known: Set<string>[];
  private fresh: LabelName[] = [];
  private count = 0;

  constructor(settings: LabelSettings) {
    this.settings = settings;
    this.known = settings.fields.map(() => new Set());
  }

  /**
   * @param where they stand
   * @throws UserError 65 where there are too many
   */
  add(labels: readonly LabelName[], where: string): void {
    for (const { field, label } of labels) {
      const known = this.known[field]!;
      if (known.has(label)) continue;
      known.add(label);
      this.fresh.push({ field, label });
      if (++this.count > this.settings.most) throw this.tooMany(where);
    }
  }

  /** The numbers of the fields that brought none. */
  fieldsWithout(): number[] {
    return this.known.flatMap(({ size }, field) => (size === 0 ? [field] : []));
  }

  /** Those that are new since this was asked last. */
  takeFresh(): LabelName[] {
    return this.fresh.splice(0);
  }

  private tooMany(where: string): UserError {
    const { fields, most } = this.settings;
    const sizes = this.known.map(({ size }) => size);
    const largest = Math.max(...sizes);
    const field = fields[sizes.indexOf(largest)]!;
    return new UserError({
      what: `these are more labels than the ${most} that --max-labels allows, ${largest} of them in the field "${field}"`,
      where,
      todo: 'allow more with --max-labels: each takes memory for every neuron; or leave that field out',
      exit: Exit.DATA,
    });
  }
}

/** What the cap is on: all labels that records bring, so not the lexical ones. null where records bring none. */
export function capSettings({ labels, spans }: AccumulatorSettings): LabelSettings | null {
  const fields = [
    ...(labels?.fields ?? []),
    ...(spans?.fields ?? []).filter((field) => field !== LEXICAL_FIELD),
  ];
  return fields.length === 0 ? null : { fields, most: (labels ?? spans)!.most };
}

/** Labels of spans among those that the cap counts. */
export function spanLabelNames(
  names: Iterable<LabelName>,
  { labels, spans }: AccumulatorSettings,
): LabelName[] {
  const before = labels?.fields.length ?? 0;
  return [...names].flatMap(({ field, label }) =>
    spans!.fields[field] === LEXICAL_FIELD ? [] : [{ field: before + field, label }],
  );
}

/** The labels that a layer's state tells apart. */
export function labelNamesOf({ concepts, spans }: LabelParts, settings: AccumulatorSettings): LabelName[] {
  return [
    ...[...(concepts?.sets.values() ?? [])].flatMap(({ field, label }) =>
      label === null ? [] : [{ field, label }],
    ),
    ...(spans === null ? [] : spanLabelNames(spans.labels.values(), settings)),
  ];
}

type LabelParts = Pick<LayerState, 'concepts' | 'spans'>;

/**
 * @param where the state comes from
 * @throws UserError 65 where a state has more labels than there may be: parts of it may each have had few enough
 */
export function requireFewLabels(
  state: LabelParts | undefined,
  settings: AccumulatorSettings,
  where: string,
): void {
  const cap = capSettings(settings);
  if (state !== undefined && cap !== null) new LabelCap(cap).add(labelNamesOf(state, settings), where);
}
