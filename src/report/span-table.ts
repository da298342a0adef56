import type { SpanCounts } from '../profile/types.js';
import { labelName, pairTable, type ConceptColumns } from './concept-table.js';
import { counted, decimals, figure, grouped } from './numbers.js';
import { wrap } from './text-table.js';
import { visible } from './visible.js';
import type { SpanRow } from './view.js';

/** Untested labels that are named one by one. */
const NAMED = 12;

/** Columns that all but the label take, and how many of them the difference in activation. */
const FIGURES_WIDTH = 72;
const DIFFERENCE_WIDTH = 18;
/** A narrower table has effect sizes alone, which say the same whatever a neuron's activations are of. */
const ROOM_FOR_ALL = 92;

/** Pairs of label and neuron with their effect sizes, and q beside them. */
export function spanTable(rows: readonly SpanRow[], shown: ConceptColumns, width: number): string[] {
  const isWide = width >= ROOM_FOR_ALL;
  return pairTable(rows, shown, width - FIGURES_WIDTH + (isWide ? 0 : DIFFERENCE_WIDTH), {
    ...(isWide && { 'inside − outside': ({ mean_difference }: SpanRow) => figure(mean_difference) }),
    dz: ({ dz }) => decimals(dz, 2),
    'rank r': ({ rank_biserial }) => decimals(rank_biserial, 2),
  });
}

/** What was read of each field of spans, and which labels were not tested. */
export function spanLines(fields: readonly SpanCounts[], width: number): string[] {
  const rare = fields.flatMap(({ field, labels }) =>
    labels
      .filter(({ tested }) => !tested)
      .map(({ label, documents, no_inside, no_outside }) => {
        const some = ([0, 1] as const).map((half) => documents[half] - no_inside[half] - no_outside[half]);
        return `${labelName({ field, label })} (${some.join(' + ')})`;
      }),
  );
  const more = rare.length > NAMED ? ` and ${grouped(rare.length - NAMED)} more` : '';
  const untested = `Not tested, with fewer than 20 documents in a half that have tokens inside and outside: ${rare.slice(0, NAMED).join(', ')}${more}.`;
  return [...fields.map(fieldSays), ...(rare.length === 0 ? [] : [untested])].flatMap((text) =>
    wrap(text, width, '  '),
  );
}

function fieldSays({ field, documents: [first, second], unaligned, missing, labels }: SpanCounts): string {
  const name = visible(field);
  const lack = [
    ...(unaligned > 0
      ? [`${grouped(unaligned)} of whose tokens it is not known which characters they stand for`]
      : []),
    ...(missing > 0 ? [`${grouped(missing)} without the field`] : []),
  ];
  const left = lack.length === 0 ? '' : ` Left out: ${lack.join(', ')}.`;
  if (first + second === 0) return `No document has labels of spans in ${name}.${left}`;
  return `${name}: ${counted(labels.length, 'label')} of spans in ${counted(first + second, 'document')}.${left}`;
}

/** What the figures are. */
export const SPAN_LEGEND =
  'Spans: a document has one value a label and neuron, its mean inside the spans less its mean outside. dz: mean of ' +
  'these in their standard deviations. rank r: matched-pairs rank-biserial correlation; below 0 the neuron is lower ' +
  'inside. q: of the Wilcoxon signed-rank test. F1 is of tokens, one in sixteen of them, by a threshold on activations ' +
  'that one half of the documents found (in brackets: there), on the other half: a size of effect, and no test.';
