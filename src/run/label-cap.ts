import type { Concepts } from '../accumulate/concepts.js';
import type { LabelSettings } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';

export interface LabelName {
  /** Number of the field among those asked for. */
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

/** The labels that a layer's state tells apart. */
export function labelNamesOf({ sets }: Concepts): LabelName[] {
  return [...sets.values()].flatMap(({ field, label }) => (label === null ? [] : [{ field, label }]));
}

/**
 * @param where the state comes from
 * @throws UserError 65 where a state has more labels than there may be: parts of it may each have had few enough
 */
export function requireFewLabels(
  concepts: Concepts | null,
  settings: LabelSettings | undefined,
  where: string,
): void {
  if (concepts !== null && settings !== undefined) new LabelCap(settings).add(labelNamesOf(concepts), where);
}
