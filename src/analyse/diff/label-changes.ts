import { formatNeuron, type NeuronId } from '../../core/neuron-name.js';
import type { OpenProfile } from '../../profile/open-profile.js';
import type { ConceptRow, SpanRow } from '../../profile/rows.js';
import type { NeuronDiff } from './neuron-diff.js';

/** Labels, of documents and of spans, that another neuron tells best than before. */
export interface LabelChanges {
  /** Labels that were tested in both profiles. */
  compared: number;
  /** In the order of the labels, those of documents first. */
  changed: LabelChange[];
}

/** A label that another neuron tells best than before. */
export interface LabelChange {
  field: string;
  label: string;
  /** The best neuron, by the F1 that chose the threshold, and its F1 on the other half of the documents. */
  before: BestNeuron;
  after: BestNeuron;
  /** F1 after of the neuron that was best before; null where it has none, or no partner. */
  f1_kept: number | null;
}

/** The neuron that tells a label best. */
export interface BestNeuron {
  /** Its name. */
  neuron: string;
  f1: number | null;
}

type Row = ConceptRow | SpanRow;
type Table = 'concepts' | 'spans';

/** Compares which neurons tell labels best, as pairs of neurons come. Memory: a row a label. */
export class LabelWatch {
  private readonly after: OpenProfile;
  private readonly labels: { table: Table; before: Row; after: Row }[];
  /** Of each neuron that was best before, the one that it is compared with. */
  private readonly partners = new Map<string, NeuronId | null>();

  constructor(before: OpenProfile, after: OpenProfile) {
    this.after = after;
    this.labels = (['concepts', 'spans'] as const).flatMap((table) => {
      const others = new Map(bestOf(after, table).map((row) => [keyOf(row), row]));
      return bestOf(before, table).flatMap((row) => {
        const other = others.get(keyOf(row));
        return other === undefined ? [] : [{ table, before: row, after: other }];
      });
    });
    for (const { before: row } of this.labels) this.partners.set(formatNeuron(row), null);
  }

  add(diff: NeuronDiff): void {
    const name = formatNeuron(diff);
    if (!this.partners.has(name)) return;
    const { group, layer, neuron, partner } = diff;
    this.partners.set(name, { group, layer, neuron: partner?.neuron ?? neuron });
  }

  result(): LabelChanges {
    const changed = this.labels.flatMap(({ table, before, after }): LabelChange[] => {
      const kept = this.partners.get(formatNeuron(before))!;
      if (kept !== null && formatNeuron(kept) === formatNeuron(after)) return [];
      const { field, label } = before;
      return [
        { field, label, before: best(before), after: best(after), f1_kept: this.f1Of(table, kept, before) },
      ];
    });
    return { compared: this.labels.length, changed };
  }

  private f1Of(table: Table, neuron: NeuronId | null, label: Row): number | null {
    if (neuron === null) return null;
    const rows: readonly Row[] =
      table === 'concepts' ? this.after.conceptsOf(neuron, 'f1') : this.after.spansOf(neuron, 'f1');
    return rows.find((row) => keyOf(row) === keyOf(label))?.f1 ?? null;
  }
}

/** Whether both have labels of one kind. */
export function haveLabels(a: OpenProfile, b: OpenProfile): boolean {
  return (['concepts', 'spans'] as const).some((table) => a.has(table) && b.has(table));
}

function bestOf(profile: OpenProfile, table: Table): readonly Row[] {
  const query = { label: null, sort: 'f1', limit: 1 } as const;
  return table === 'concepts' ? profile.bestConcepts(query) : profile.bestSpans(query);
}

function keyOf({ field, label }: Row): string {
  return JSON.stringify([field, label]);
}

function best(row: Row): BestNeuron {
  return { neuron: formatNeuron(row), f1: row.f1 };
}
