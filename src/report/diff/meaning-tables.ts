import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { ExplainedBy } from '../../profile/explained.js';
import { EXPLAINED_NAMES } from '../explained-words.js';
import { labelName } from '../concept-table.js';
import { decimals, grouped } from '../numbers.js';
import type { Column } from '../text-table.js';
import type { PlainTable } from './tables.js';

/** Labels shown; the others are in --json. */
const SHOWN = 24;

export const CLASS_LEGEND = 'Neurons by what --explain names them for, before and after (docs/explained.md).';

/** Neurons that are named for something else than before, by what; null where there is none. */
export function classTable({ classes }: ProfileDiff): PlainTable | null {
  if (classes === null || classes.count === 0) return null;
  const name = (by: ExplainedBy) => (by === '' ? 'none' : EXPLAINED_NAMES[by]);
  const columns: Column[] = [
    { title: 'before', align: 'left' },
    { title: 'after', align: 'left' },
    { title: 'neurons', align: 'right' },
  ];
  return {
    columns,
    rows: classes.moves.map(({ from, to, count }) => [name(from), name(to), grouped(count)]),
  };
}

export const LABEL_LEGEND =
  'The neuron with the best F1 on the documents that choose thresholds, and its F1 on the others. now: F1 after of the ' +
  'neuron that was best before.';

/** Labels that another neuron tells best than before; null where there is none. */
export function labelTable({ labels }: ProfileDiff): PlainTable | null {
  if (labels === null || labels.changed.length === 0) return null;
  const columns = ['label', 'before', 'F1', 'now', 'after', 'F1'].map((title, i): Column => {
    return { title, align: i === 0 ? 'left' : 'right' };
  });
  const rows = labels.changed
    .slice(0, SHOWN)
    .map((change) => [
      labelName(change),
      change.before.neuron,
      decimals(change.before.f1, 2),
      decimals(change.f1_kept, 2),
      change.after.neuron,
      decimals(change.after.f1, 2),
    ]);
  return { columns, rows };
}
