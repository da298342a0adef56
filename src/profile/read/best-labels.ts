import type { RecordBatch, Vector } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import { labelNames } from './concepts.js';
import { idsOf } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** Which labels of a neuron are wanted. */
export interface LabelQuery {
  /** Of each neuron, at most. */
  most: number;
  /** Only those whose q is no larger. */
  largestQ: number;
}

/** What a row of concepts.arrow or spans.arrow says in short. */
export interface LabelFigures {
  field: string;
  label: string;
  /** Cohen's d, or of spans dz; null where undefined. */
  effect: number | null;
  /** On the half of the documents that did not choose the threshold; null where undefined. */
  f1: number | null;
  q: number;
}

/** A neuron's labels, those of largest effect, either way, first. */
export interface NeuronLabels extends NeuronId {
  labels: LabelFigures[];
}

/** The figures by which the labels of a table are ranked: the effect size, and of equals a correlation. */
const RANKED_BY = { concepts: ['d', 'r'], spans: ['dz', 'rank_biserial'] } as const;

/**
 * The labels that each neuron follows best, in one walk over a table; a neuron that has none so sure is left out. They
 * are ranked by effect size and not by F1, for a label that most tokens have gives every neuron a high F1.
 * @returns neurons in the order of the model
 */
export function* bestLabels(
  table: SortedTable,
  name: 'concepts' | 'spans',
  { most, largestQ }: LabelQuery,
): Iterable<NeuronLabels> {
  let held: { id: NeuronId; found: Candidate[] } | null = null;
  for (const batch of table.all()) {
    const idOf = idsOf(batch);
    const [q, candidateAt] = [batch.getChild('q')!, candidates(batch, RANKED_BY[name])];
    for (let row = 0; row < batch.numRows; row++) {
      const sure = q.get(row) as number | null;
      if (sure === null || sure > largestQ) continue;
      const id = idOf(row);
      if (held === null || !isSame(held.id, id)) {
        if (held !== null) yield ranked(held, most);
        held = { id, found: [] };
      }
      held.found.push(candidateAt(row, sure));
    }
  }
  if (held !== null) yield ranked(held, most);
}

interface Candidate extends LabelFigures {
  /** Decides between equals; what is left is decided by the order of the table. */
  correlation: number;
}

function candidates(
  batch: RecordBatch,
  [effect, correlation]: (typeof RANKED_BY)['concepts' | 'spans'],
): (row: number, q: number) => Candidate {
  const names = labelNames(batch);
  const [effects, correlations, f1] = [effect, correlation, 'f1'].map((column) => batch.getChild(column)!);
  const number = (column: Vector | undefined, row: number) => column!.get(row) as number | null;
  return (row, q) => ({
    ...names(row),
    ...{ effect: number(effects, row), f1: number(f1, row), q },
    correlation: Math.abs(number(correlations, row) ?? 0),
  });
}

function isSame(a: NeuronId, b: NeuronId): boolean {
  return a.neuron === b.neuron && a.layer === b.layer && a.group === b.group;
}

/** The sort is stable, so of equals the first in the table stays first. */
function ranked({ id, found }: { id: NeuronId; found: Candidate[] }, most: number): NeuronLabels {
  const size = ({ effect }: Candidate) => (effect === null ? -1 : Math.abs(effect));
  const best = found.sort((a, b) => size(b) - size(a) || b.correlation - a.correlation).slice(0, most);
  return {
    ...id,
    labels: best.map(({ field, label, effect, f1, q }) => ({ field, label, effect, f1, q })),
  };
}
