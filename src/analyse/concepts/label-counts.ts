import { sortedSets, type ConceptSet, type Concepts } from '../../accumulate/concept-state.js';
import type { LabelCounts } from '../../profile/types.js';
import { LEAST_DOCUMENTS } from './pair-figures.js';

/**
 * Documents of each field and label, in the order of the fields, then of labels.
 * @param documents of the corpus, with and without the fields
 */
export function labelCounts(concepts: Concepts, fields: readonly string[], documents: number): LabelCounts[] {
  const sets = sortedSets(concepts);
  return fields.map((name, field) => {
    const all = sets.find((set) => set.field === field && set.label === null);
    const labels = sets.filter((set) => set.field === field && set.label !== null);
    const held: [number, number] = all === undefined ? [0, 0] : byHalf(all);
    return {
      field: name,
      documents: held,
      missing: documents - (held[0] + held[1]),
      labels: labels.map((set) => ({
        label: set.label!,
        documents: byHalf(set),
        tested: isTested(set, all!),
      })),
    };
  });
}

/** Whether each half has enough documents with the label and without. */
export function isTested(label: ConceptSet, field: ConceptSet): boolean {
  return label.halves.every(({ documents }, half) => {
    const others = field.halves[half]!.documents - documents;
    return Math.min(documents, others) >= LEAST_DOCUMENTS;
  });
}

function byHalf({ halves }: ConceptSet): [number, number] {
  return [halves[0].documents, halves[1].documents];
}
