import { EXPLAINED_BY } from '../../../profile/explained.js';
import { EXPLAINED_NAMES } from '../../explained-words.js';
import { decimals } from '../../numbers.js';
import { visible } from '../../visible.js';
import type { ExplainedColumns } from '../explained-columns.js';
import type { LabelColumns } from '../label-columns.js';
import { h } from './dom.js';
import type { Store } from './store.js';
import type { TableColumn } from './table-columns.js';

/** Columns of the table of neurons for what only some profiles have. */
export function partColumns({ parts: { explained, spans, concepts } }: Store): TableColumn[] {
  return [
    ...(explained === null ? [] : explainedColumns(explained)),
    ...(spans === null ? [] : labelColumns(spans, SPANS)),
    ...(concepts === null ? [] : labelColumns(concepts, DOCUMENTS)),
  ];
}

function explainedColumns({ explainedBy, kinds }: ExplainedColumns): TableColumn[] {
  return [
    {
      ...{ key: 'class', title: 'Class', hint: 'what tokens or positions explain of it', kind: 'text' },
      values: () => explainedBy.map((by) => (by === 0 ? NaN : by)),
      cell(_, row) {
        const by = EXPLAINED_BY[explainedBy[row]!]!;
        return by === '' ? '' : h('span', { title: EXPLAINED_NAMES[by] }, by);
      },
    },
    ...kinds.map(({ kind, epsilon2 }): TableColumn => ({
      ...{ key: `epsilon2_${kind}`, title: `ε² ${kind}`, names: [`epsilon2_${kind}`, `ε²${kind}`] },
      hint: `share of its variance between classes of the ${kind}, less what chance gives`,
      values: () => epsilon2,
      cell: (_, row) => decimals(epsilon2[row]!, 3),
      kind: 'number',
    })),
  ];
}

interface LabelWords {
  key: string;
  title: string;
  effect: string;
  says: string;
}
const SPANS = { key: 'span', title: 'Span label', effect: 'dz', says: 'inside spans of it' };
const DOCUMENTS = { key: 'label', title: 'Label', effect: 'd', says: 'in documents of it' };

/** The best label and its effect. */
function labelColumns(
  { names, ranks }: LabelColumns,
  { key, title, effect, says }: LabelWords,
): TableColumn[] {
  const [best] = ranks;
  const texts = names.map(({ label }) => visible(label));
  const places = [...texts].sort();
  const order = Float64Array.from(texts, (text) => places.indexOf(text));
  return [
    {
      ...{ key, title, hint: `the label with the largest effect on it ${says}`, kind: 'label' },
      values: () => best!.name.map((name) => order[name] ?? NaN),
      cell: (_, row) => {
        const name = names[best!.name[row]!];
        return name === undefined
          ? ''
          : h('span', { title: visible(`${name.field}=${name.label}`) }, visible(name.label));
      },
    },
    {
      ...{ key: effect, title: effect, names: [effect], kind: 'number' },
      hint: `effect of that label, in standard deviations; the sign says whether it is higher or lower ${says}`,
      values: () => best!.effect,
      cell: (_, row) => decimals(best!.effect[row]!, 2),
    },
  ];
}
