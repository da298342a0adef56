import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DIRECTIONS, TABLES, tableFile } from '../format.js';
import type { ConceptRows, ProfiledSite } from '../types.js';
import { slices } from './batch.js';
import { OutputFile } from './output-file.js';
import { TableFile } from './table-file.js';
import { distinct, noRows } from './tables.js';

/** Rows of a record batch: some 130 bytes each. */
const MOST_ROWS = 1 << 16;

/**
 * Writes concepts.arrow into a folder.
 * @returns SHA-256 of the file, by its name
 */
export async function writeConcepts(
  folder: string,
  rows: ConceptRows,
  sites: readonly ProfiledSite[],
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const name = tableFile('concepts');
  const file = await OutputFile.create(path.join(folder, name));
  try {
    const group = distinct(sites.map((site) => site.group));
    // Not every reader takes a dictionary without an entry.
    const label = rows.labels.length === 0 ? [''] : rows.labels;
    const names = { group, field: rows.fields, label, direction: DIRECTIONS };
    const table = new TableFile('concepts', file, names);
    for (const [start, end] of slices(rows.neuron.length, MOST_ROWS)) {
      await table.write(columnsOf(rows, start, end, sites, group), end - start);
      await setImmediate(); // a signal is heard between batches
      signal?.throwIfAborted();
    }
    return { [name]: await table.finish(noRows(TABLES.concepts)) };
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

function columnsOf(
  rows: ConceptRows,
  start: number,
  end: number,
  sites: readonly ProfiledSite[],
  groups: readonly string[],
) {
  const cut = <A extends Int32Array | Uint32Array | Uint8Array | Float64Array>(column: A) =>
    column.subarray(start, end) as A;
  const site = cut(rows.site);
  return {
    group: site.map((i) => groups.indexOf(sites[i]!.group)),
    layer: site.map((i) => sites[i]!.layer),
    neuron: cut(rows.neuron),
    field: cut(rows.field),
    label: cut(rows.label),
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
    direction: Int32Array.from(cut(rows.direction)),
  };
}
