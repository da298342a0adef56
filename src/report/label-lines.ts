import type { NeuronId } from '../core/neuron-name.js';
import { labelName } from './concept-table.js';
import { LABELS_KEPT } from './html/label-columns.js';
import { decimals, figure } from './numbers.js';
import { textTable } from './text-table.js';
import { shortEnd } from './text-width.js';
import type { ConceptRow, ProfileView, SpanRow } from './view.js';

/** Columns that figures take at most, and what stands between. */
const FIGURES_WIDTH = 40;

/** The labels of documents and of spans that a neuron follows best; nothing where the profile has none. */
export function labelLines(view: ProfileView, id: NeuronId, width: number): string[] {
  const parts = [
    ...(view.has('spans') ? lines('inside of', 'dz', view.spansOf(id, 'd'), ({ dz }) => dz, width) : []),
    ...(view.has('concepts')
      ? lines('documents of', 'd', view.conceptsOf(id, 'd'), ({ d }) => d, width)
      : []),
  ];
  return parts.length === 0 ? [] : ['', ...parts.map((line) => `  ${line}`)];
}

function lines<Row extends ConceptRow | SpanRow>(
  title: string,
  effectTitle: string,
  rows: readonly Row[],
  effectOf: (row: Row) => number | null,
  width: number,
): string[] {
  const { most, largestQ } = LABELS_KEPT;
  const sure = rows.filter(({ q }) => q !== null && q <= largestQ).slice(0, most);
  if (sure.length === 0) return [`${title}: no label that it follows for sure (q of ${largestQ} or less)`];
  const right = (each: string) => ({ title: each, align: 'right' as const });
  return textTable(
    [{ title, align: 'left' }, ...[effectTitle, 'F1', 'q'].map(right)],
    sure.map((row) => [
      shortEnd(labelName(row), width - FIGURES_WIDTH),
      decimals(effectOf(row), 2),
      decimals(row.f1, 2),
      figure(row.q),
    ]),
  );
}
