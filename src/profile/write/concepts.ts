import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DIRECTIONS, TABLES, tableFile } from '../format.js';
import type { ConceptRows, ProfiledSite, SpanRows } from '../types.js';
import { slices } from './batch.js';
import type { ColumnValues } from './column-data.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';
import { noRows } from './no-rows.js';
import { distinct } from './tables.js';

/** Rows of a record batch: some 130 bytes each. */
const MOST_ROWS = 1 << 16;

/**
 * Writes concepts.arrow into a folder.
 * @returns SHA-256 of the file, by its name
 */
export function writeConcepts(
  folder: string,
  rows: ConceptRows,
  sites: readonly ProfiledSite[],
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  return writePairs('concepts', folder, rows, sites, signal, (key, cut) => ({
    ...key,
    with_count: Float64Array.from(cut(rows.with_count)),
    without_count: Float64Array.from(cut(rows.without_count)),
    mean_with: cut(rows.mean_with),
    mean_without: cut(rows.mean_without),
    d: cut(rows.d),
    r: cut(rows.r),
    auroc: cut(rows.auroc),
    auroc_bound: cut(rows.auroc_bound),
    p: cut(rows.p),
    q: cut(rows.q),
    f1_chosen: cut(rows.f1_chosen),
    f1: cut(rows.f1),
    precision: cut(rows.precision),
    recall: cut(rows.recall),
    threshold: cut(rows.threshold),
  }));
}

/** The same of spans.arrow. */
export function writeSpans(
  folder: string,
  rows: SpanRows,
  sites: readonly ProfiledSite[],
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  return writePairs('spans', folder, rows, sites, signal, (key, cut) => ({
    ...key,
    documents: Float64Array.from(cut(rows.documents)),
    mean_difference: cut(rows.mean_difference),
    dz: cut(rows.dz),
    rank_biserial: cut(rows.rank_biserial),
    p: cut(rows.p),
    q: cut(rows.q),
    f1_chosen: cut(rows.f1_chosen),
    f1: cut(rows.f1),
    precision: cut(rows.precision),
    recall: cut(rows.recall),
    threshold: cut(rows.threshold),
  }));
}

type Cut = <A extends Int32Array | Uint32Array | Uint8Array | Float64Array>(column: A) => A;

/** What both tables tell a row by. */
interface PairKey {
  group: Int32Array;
  layer: Int32Array;
  neuron: Int32Array;
  field: Int32Array;
  label: Int32Array;
  direction: Int32Array;
}

/** @param columnsOf the columns of some rows, in any order */
async function writePairs<T extends 'concepts' | 'spans'>(
  name: T,
  folder: string,
  rows: ConceptRows | SpanRows,
  sites: readonly ProfiledSite[],
  signal: AbortSignal | undefined,
  columnsOf: (key: PairKey, cut: Cut) => ColumnValues<(typeof TABLES)[T]>,
): Promise<Record<string, string>> {
  const file = await OutputFile.create(path.join(folder, tableFile(name)));
  try {
    const group = distinct(sites.map((site) => site.group));
    // Not every reader takes a dictionary without an entry.
    const label = rows.labels.length === 0 ? [''] : rows.labels;
    const names = { group, field: rows.fields, label, direction: DIRECTIONS };
    const table = new TableFile(name, file, names);
    for (const [start, end] of slices(rows.neuron.length, MOST_ROWS)) {
      const cut: Cut = (column) => column.subarray(start, end) as typeof column;
      await table.write(columnsOf(keyOf(rows, cut, sites, group), cut), end - start);
      await setImmediate(); // a signal is heard between batches
      signal?.throwIfAborted();
    }
    return { [tableFile(name)]: await table.finish(noRows(TABLES[name])) };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

function keyOf(
  rows: ConceptRows | SpanRows,
  cut: Cut,
  sites: readonly ProfiledSite[],
  groups: readonly string[],
): PairKey {
  const site = cut(rows.site);
  return {
    group: site.map((i) => groups.indexOf(sites[i]!.group)),
    layer: site.map((i) => sites[i]!.layer),
    neuron: cut(rows.neuron),
    field: cut(rows.field),
    label: cut(rows.label),
    direction: Int32Array.from(cut(rows.direction)),
  };
}
