import type { LabelCounts } from '../profile/types.js';
import { labelName } from './concept-table.js';
import { counted, grouped } from './numbers.js';
import { wrap } from './text-table.js';
import { visible } from './visible.js';

/** Untested labels that are named one by one. */
const NAMED = 12;

/** What was read of each label field, and which labels were not tested. */
export function labelLines(fields: readonly LabelCounts[], width: number): string[] {
  return [...fields.map(fieldSays), ...untested(fields)].flatMap((text) => wrap(text, width, '  '));
}

function fieldSays({ field, documents, missing, labels }: LabelCounts): string {
  const name = visible(field);
  const [first, second] = documents;
  if (first + second === 0) return `No document has the field ${name}.`;
  const lack = missing === 0 ? '' : `, and ${grouped(missing)} without the field left out`;
  return `${name}: ${counted(labels.length, 'label')} in ${counted(first + second, 'document')}${lack}.`;
}

function untested(fields: readonly LabelCounts[]): string[] {
  const rare = fields.flatMap(({ field, labels }) =>
    labels.filter(({ tested }) => !tested).map((each) => ({ field, ...each })),
  );
  if (rare.length === 0) return [];
  const named = rare
    .slice(0, NAMED)
    .map((each) => `${labelName(each)} (${each.documents[0]} + ${each.documents[1]})`);
  const more = rare.length > NAMED ? ` and ${grouped(rare.length - NAMED)} more` : '';
  return [
    `Not tested, with fewer than 20 documents with or without them in a half: ${named.join(', ')}${more}.`,
  ];
}
