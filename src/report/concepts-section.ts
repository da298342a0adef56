import { labelLines } from './concept-labels.js';
import { CONCEPT_LEGEND, conceptTable } from './concept-table.js';
import { counted } from './numbers.js';
import { wrap } from './text-table.js';
import type { ProfileView } from './view.js';

/** Labels shown. */
const MOST = 30;

/** The best neuron of each label; nothing where labels were not asked for. */
export function conceptsSection(view: ProfileView, width: number): string[] {
  const { labels } = view.manifest;
  if (labels === undefined) return [];
  const best = view.bestConcepts({ label: null, sort: 'f1', limit: 1 });
  const more = best.length > MOST ? [`  and ${counted(best.length - MOST, 'more label')}`] : [];
  const table = conceptTable(best.slice(0, MOST), { label: true, neuron: true }, width);
  return [
    ...labelLines(labels, width),
    ...(best.length === 0 ? [] : ['', ...table, ...more, '', ...wrap(CONCEPT_LEGEND, width, '  ')]),
  ];
}
