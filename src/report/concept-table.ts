import { formatNeuron } from '../core/neuron-name.js';
import { decimals, figure } from './numbers.js';
import { textTable, type Column } from './text-table.js';
import { shortEnd } from './text-width.js';
import { visible } from './visible.js';
import type { ConceptRow, SpanRow } from './view.js';

/** Which columns a table of labels and neurons has before its figures, and whether it has room for all of these. */
export interface ConceptColumns {
  label: boolean;
  neuron: boolean;
}

/** Of a label, in columns; the rest of the line has the figures. */
const LABEL_WIDTH = 18;

/** Pairs of label and neuron with their effect sizes, and q beside them. */
export function conceptTable(rows: readonly ConceptRow[], shown: ConceptColumns, width: number): string[] {
  return pairTable(rows, shown, width - 62, {
    AUROC: ({ auroc }) => decimals(auroc, 3),
    d: ({ d }) => decimals(d, 2),
    r: ({ r }) => decimals(r, 2),
  });
}

/**
 * A line a pair: F1 and how it was found, effect sizes, q.
 * @param room columns that a label may have, if not fewer than LABEL_WIDTH
 * @param effects by title
 */
export function pairTable<Row extends ConceptRow | SpanRow>(
  rows: readonly Row[],
  shown: ConceptColumns,
  room: number,
  effects: Readonly<Record<string, (row: Row) => string>>,
): string[] {
  const left = (title: string): Column => ({ title, align: 'left' });
  const right = (title: string): Column => ({ title, align: 'right' });
  const wide = !shown.label;
  const columns = [
    ...(shown.label ? [left('label')] : []),
    ...(shown.neuron ? [left('neuron')] : []),
    ...['F1', '(found)', ...(wide ? ['precision', 'recall'] : []), ...Object.keys(effects), 'q'].map(right),
  ];
  const lines = rows.map((row) => [
    ...(shown.label ? [shortEnd(labelName(row), Math.max(LABEL_WIDTH, room))] : []),
    ...(shown.neuron ? [formatNeuron(row)] : []),
    decimals(row.f1, 2),
    row.f1_chosen === null ? '' : `(${decimals(row.f1_chosen, 2)})`,
    ...(wide ? [decimals(row.precision, 2), decimals(row.recall, 2)] : []),
    ...Object.values(effects).map((effect) => effect(row)),
    figure(row.q),
  ]);
  return textTable(columns, lines).map((line) => `  ${line}`);
}

/** `topic=sports`, as it may be printed. */
export function labelName({ field, label }: { field: string; label: string }): string {
  return visible(`${field}=${label}`);
}

/** What the figures are. */
export const CONCEPT_LEGEND =
  'A document has one value a neuron, its largest. F1: of a threshold that one half of the documents found (in ' +
  'brackets: there), on the other half. AUROC: chance that a document with the label has the larger value; below ' +
  '0.5 the label goes with small values. d: difference of the means in standard deviations. r: correlation of ' +
  'value and label. q: share of false finds to be expected among all pairs as unlikely by chance as this one.';
