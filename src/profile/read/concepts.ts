import type { RecordBatch } from 'apache-arrow';
import type { NeuronId } from '../../core/neuron-name.js';
import { CONCEPT_COLUMNS, SPAN_COLUMNS, type Columns } from '../format.js';
import type { ConceptRow, Row, SpanRow } from '../rows.js';
import { rowAt, wordsOf } from './row.js';
import type { SortedTable } from './sorted-table.js';

/** By what pairs of label and neuron are ranked: the column, and how good a value of it is; larger is better. */
interface Ranking<Name> {
  column: Name;
  good: (value: number) => number;
}

export const CONCEPT_SORTS = ['f1', 'auroc', 'd', 'r', 'p'] as const;
export type ConceptSort = (typeof CONCEPT_SORTS)[number];

const RANKINGS: Readonly<Record<ConceptSort, Ranking<keyof ConceptRow>>> = {
  f1: { column: 'f1_chosen', good: (value) => value },
  auroc: { column: 'auroc', good: (value) => Math.abs(value - 0.5) },
  d: { column: 'd', good: Math.abs },
  r: { column: 'r', good: Math.abs },
  p: { column: 'p', good: (value) => -value },
};

/** The same of labels of spans; what asks for area or correlation means that of ranks. */
const SPAN_RANKINGS: Readonly<Record<ConceptSort, Ranking<keyof SpanRow>>> = {
  f1: RANKINGS.f1 as Ranking<keyof SpanRow>,
  auroc: { column: 'rank_biserial', good: Math.abs },
  d: { column: 'dz', good: Math.abs },
  r: { column: 'rank_biserial', good: Math.abs },
  p: { column: 'p', good: (value) => -value },
};

/** Which rows of concepts.arrow are wanted. */
export interface ConceptQuery {
  /** null: of every label. */
  label: { field: string; label: string } | null;
  sort: ConceptSort;
  /** Neurons of each label. */
  limit: number;
}

/** A table of pairs, and what decides between equals: a correlation, larger ones first. */
interface Pairs<T extends Columns> {
  columns: T;
  rankings: Readonly<Record<ConceptSort, Ranking<string>>>;
  tie: string;
}
const CONCEPTS: Pairs<typeof CONCEPT_COLUMNS> = { columns: CONCEPT_COLUMNS, rankings: RANKINGS, tie: 'r' };
const SPANS: Pairs<typeof SPAN_COLUMNS> = {
  columns: SPAN_COLUMNS,
  rankings: SPAN_RANKINGS,
  tie: 'rank_biserial',
};

/** The best neurons of a label, best first; or of each label, in the order of labels. What has no such figure is left out. */
export function bestConcepts(table: SortedTable, query: ConceptQuery): ConceptRow[] {
  return bestPairs(CONCEPTS, table, query);
}

/** The same of spans.arrow. */
export function bestSpans(table: SortedTable, query: ConceptQuery): SpanRow[] {
  return bestPairs(SPANS, table, query);
}

/** The labels of a neuron, best first, then those that were not tested. */
export function conceptsOf(table: SortedTable, id: NeuronId, sort: ConceptSort): ConceptRow[] {
  return pairsOf(CONCEPTS, table, id, sort);
}

/** The same of spans.arrow. */
export function spansOf(table: SortedTable, id: NeuronId, sort: ConceptSort): SpanRow[] {
  return pairsOf(SPANS, table, id, sort);
}

interface Candidate {
  good: number;
  /** |r|, which decides between equals; what is left is decided by the order of the table. */
  correlation: number;
  batch: number;
  row: number;
}

function bestPairs<T extends Columns>(
  { columns, rankings, tie }: Pairs<T>,
  table: SortedTable,
  { label, sort, limit }: ConceptQuery,
): Row<T>[] {
  const byLabel = new Map<string, Candidate[]>();
  const { column, good } = rankings[sort];
  for (let number = 0; number < table.file.batches; number++) {
    const batch = table.file.batch(number);
    const names = labelNames(batch);
    const [values, correlations] = [batch.getChild(column)!, batch.getChild(tie)!];
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
  return chosen.map(({ batch, row }) => rowAt(columns, table.file.batch(batch), row));
}

/** Candidates more than asked for that are held before they are sorted. */
const SLACK = 1000;

function ranked(candidates: Candidate[]): Candidate[] {
  return candidates.sort((a, b) => b.good - a.good || b.correlation - a.correlation);
}

function pairsOf<T extends Columns>(
  { columns, rankings, tie }: Pairs<T>,
  table: SortedTable,
  id: NeuronId,
  sort: ConceptSort,
): Row<T>[] {
  const { column, good } = rankings[sort];
  const rows: Row<T>[] = [];
  for (const { batch, start, end } of table.rowsOf(id))
    for (let row = start; row < end; row++) rows.push(rowAt(columns, batch, row));
  const numberOf = (row: Row<T>, name: string) => (row as Record<string, number | null>)[name] ?? null;
  const goodOf = (row: Row<T>) => {
    const value = numberOf(row, column);
    return value === null ? -Infinity : good(value);
  };
  return rows.sort((a, b) => {
    const [x, y] = [goodOf(a), goodOf(b)];
    return x === y ? Math.abs(numberOf(b, tie) ?? 0) - Math.abs(numberOf(a, tie) ?? 0) : y - x;
  });
}

/** Field and label of each row, each string made once. */
export function labelNames(batch: RecordBatch): (row: number) => { field: string; label: string } {
  const [field, label] = [wordsOf(batch, 'field'), wordsOf(batch, 'label')];
  return (row) => ({ field: field(row), label: label(row) });
}
