import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import { CONCEPT_COLUMNS } from '../format.js';
import type { ConceptRow } from '../rows.js';
import { intsOf, rowAt } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** By what pairs of label and neuron are ranked: the column, and how good a value of it is; larger is better. */
const RANKINGS = {
  f1: { column: 'f1_chosen', good: (value: number) => value },
  auroc: { column: 'auroc', good: (value: number) => Math.abs(value - 0.5) },
  d: { column: 'd', good: Math.abs },
  r: { column: 'r', good: Math.abs },
  p: { column: 'p', good: (value: number) => -value },
} as const satisfies Record<string, { column: keyof ConceptRow; good: (value: number) => number }>;
export type ConceptSort = keyof typeof RANKINGS;
export const CONCEPT_SORTS = Object.keys(RANKINGS) as ConceptSort[];

/** Which rows of concepts.arrow are wanted. */
export interface ConceptQuery {
  /** null: of every label. */
  label: { field: string; label: string } | null;
  sort: ConceptSort;
  /** Neurons of each label. */
  limit: number;
}

interface Candidate {
  good: number;
  /** |r|, which decides between equals; what is left is decided by the order of the table. */
  correlation: number;
  batch: number;
  row: number;
}

/** The best neurons of a label, best first; or of each label, in the order of labels. What has no such figure is left out. */
export function bestConcepts(table: SortedTable, { label, sort, limit }: ConceptQuery): ConceptRow[] {
  const byLabel = new Map<string, Candidate[]>();
  const { column, good } = RANKINGS[sort];
  for (let number = 0; number < table.file.batches; number++) {
    const batch = table.file.batch(number);
    const names = labelNames(batch);
    const [values, correlations] = [batch.getChild(column)!, batch.getChild('r')!];
    for (let row = 0; row < batch.numRows; row++) {
      const { field, label: name } = names(row);
      if (label !== null && (field !== label.field || name !== label.label)) continue;
      const key = JSON.stringify([field, name]);
      let best = byLabel.get(key);
      if (best === undefined) byLabel.set(key, (best = []));
      const value = values.get(row) as number | null;
      if (value === null) continue;
      const correlation = Math.abs((correlations.get(row) as number | null) ?? 0);
      best.push({ good: good(value), correlation, batch: number, row });
      if (best.length >= 2 * limit + SLACK) byLabel.set(key, ranked(best).slice(0, limit));
    }
  }
  const chosen = [...byLabel.values()].flatMap((best) => ranked(best).slice(0, limit));
  return chosen.map(({ batch, row }) => rowAt(CONCEPT_COLUMNS, table.file.batch(batch), row));
}

/** Candidates more than asked for that are held before they are sorted. */
const SLACK = 1000;

function ranked(candidates: Candidate[]): Candidate[] {
  return candidates.sort((a, b) => b.good - a.good || b.correlation - a.correlation);
}

/** The labels of a neuron, best first, then those that were not tested. */
export function conceptsOf(table: SortedTable, id: NeuronId, sort: ConceptSort): ConceptRow[] {
  const { column, good } = RANKINGS[sort];
  const rows: ConceptRow[] = [];
  for (const { batch, start, end } of table.rowsOf(id))
    for (let row = start; row < end; row++) rows.push(rowAt(CONCEPT_COLUMNS, batch, row));
  const goodOf = (row: ConceptRow) => (row[column] === null ? -Infinity : good(row[column]));
  return rows.sort((a, b) => {
    const [x, y] = [goodOf(a), goodOf(b)];
    return x === y ? Math.abs(b.r ?? 0) - Math.abs(a.r ?? 0) : y - x;
  });
}

/** Field and label of each row, each string made once. */
function labelNames(batch: RecordBatch): (row: number) => { field: string; label: string } {
  const of = (name: 'field' | 'label') => {
    const entries = intsOf(batch, name);
    const dictionary = Array.from(batch.getChild(name)!.data[0]!.dictionary!, String);
    return (row: number) => dictionary[entries[row]!]!;
  };
  const [field, label] = [of('field'), of('label')];
  return (row) => ({ field: field(row), label: label(row) });
}
