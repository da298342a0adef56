import { formatNeuron } from '../core/neuron-name.js';
import type { SpanCounts } from '../profile/types.js';
import { labelName, type ConceptColumns } from './concept-table.js';
import { counted, decimals, figure, grouped } from './numbers.js';
import { textTable, wrap, type Column } from './text-table.js';
import { shortEnd } from './text-width.js';
import { visible } from './visible.js';
import type { SpanRow } from './view.js';

/** Of a label, in columns; the rest of the line has the figures. */
const LABEL_WIDTH = 18;
/** Untested labels that are named one by one. */
const NAMED = 12;

/** Pairs of label and neuron with their effect sizes, and q beside them. */
export function spanTable(rows: readonly SpanRow[], shown: ConceptColumns, width: number): string[] {
  const left = (title: string): Column => ({ title, align: 'left' });
  const right = (title: string): Column => ({ title, align: 'right' });
  const wide = !shown.label;
  const columns = [
    ...(shown.label ? [left('label')] : []),
    ...(shown.neuron ? [left('neuron')] : []),
    ...[
      'F1',
      '(found)',
      ...(wide ? ['precision', 'recall'] : []),
      'inside − outside',
      'dz',
      'rank r',
      'q',
    ].map(right),
  ];
  const room = Math.max(LABEL_WIDTH, width - 72);
  const lines = rows.map((row) => [
    ...(shown.label ? [shortEnd(labelName(row), room)] : []),
    ...(shown.neuron ? [formatNeuron(row)] : []),
    decimals(row.f1, 2),
    row.f1_chosen === null ? '' : `(${decimals(row.f1_chosen, 2)})`,
    ...(wide ? [decimals(row.precision, 2), decimals(row.recall, 2)] : []),
    figure(row.mean_difference),
    decimals(row.dz, 2),
    decimals(row.rank_biserial, 2),
    figure(row.q),
  ]);
  return textTable(columns, lines).map((line) => `  ${line}`);
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
