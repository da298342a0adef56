import { labelLines } from './concept-labels.js';
import { CONCEPT_LEGEND, conceptTable } from './concept-table.js';
import { counted } from './numbers.js';
import { SPAN_LEGEND, spanLines, spanTable } from './span-table.js';
import { wrap } from './text-table.js';
import type { ConceptQuery, ProfileView } from './view.js';

/** Labels shown. */
const MOST = 30;

const SHOWN = { label: true, neuron: true };
const BEST: ConceptQuery = { label: null, sort: 'f1', limit: 1 };

/** The best neuron of each label; nothing where labels were not asked for. */
export function conceptsSection(view: ProfileView, width: number): string[] {
  const { labels, spans } = view.manifest;
  const parts = [
    ...(labels === undefined
      ? []
      : [
          part(
            labelLines(labels, width),
            view.bestConcepts(BEST),
            (rows) => conceptTable(rows, SHOWN, width),
            wrap(CONCEPT_LEGEND, width, '  '),
          ),
        ]),
    ...(spans === undefined
      ? []
      : [
          part(
            spanLines(spans, width),
            view.bestSpans(BEST),
            (rows) => spanTable(rows, SHOWN, width),
            wrap(SPAN_LEGEND, width, '  '),
          ),
        ]),
  ];
  return parts.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function part<R>(
  says: readonly string[],
  best: readonly R[],
  table: (rows: readonly R[]) => string[],
  legend: readonly string[],
): string[] {
  if (best.length === 0) return [...says];
  const more = best.length > MOST ? [`  and ${counted(best.length - MOST, 'more label')}`] : [];
  return [...says, '', ...table(best.slice(0, MOST)), ...more, '', ...legend];
}
