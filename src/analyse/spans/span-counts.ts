import { sortedSpanSets, type Spans, type SpanSet } from '../../accumulate/span-state.js';
import type { SpanCounts } from '../../profile/types.js';
import { LEAST_DOCUMENTS } from '../concepts/pair-figures.js';

/**
 * Documents of each field of spans and label, in the order of the fields, then of labels.
 * @param documents of the corpus, with and without the fields
 */
export function spanCounts(spans: Spans, fields: readonly string[], documents: number): SpanCounts[] {
  const sets = sortedSpanSets(spans);
  return fields.map((name, field) => {
    const found = spans.fields.get(field);
    const [first, second] = found?.halves.map((half) => half.documents) ?? [0, 0];
    const unaligned = found?.unaligned ?? 0;
    return {
      field: name,
      documents: [first!, second!],
      unaligned,
      missing: documents - (first! + second! + unaligned),
      labels: sets
        .filter((set) => set.field === field)
        .map((set) => ({
          label: set.label,
          documents: byHalf(set, 'documents'),
          no_inside: byHalf(set, 'noInside'),
          no_outside: byHalf(set, 'noOutside'),
          tested: isTested(set),
        })),
    };
  });
}

/** Whether each half has enough documents with tokens inside and outside. */
export function isTested({ halves }: SpanSet): boolean {
  return halves.every(
    ({ documents, noInside, noOutside }) => documents - noInside - noOutside >= LEAST_DOCUMENTS,
  );
}

function byHalf({ halves }: SpanSet, count: 'documents' | 'noInside' | 'noOutside'): [number, number] {
  return [halves[0][count], halves[1][count]];
}
