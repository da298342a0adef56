import { EXPLAINED_BY, type ExplainedBy } from '../../profile/explained.js';
import { GATE_SIGNS } from '../../profile/format.js';
import { kindsOf } from '../explained-words.js';
import type { ProfileView } from '../view.js';
import { rowFinder, type Collected } from './collect-columns.js';
import { encodeExplained, type ExplainedColumns } from './explained-columns.js';
import { emptyGates, encodeGates } from './gate-columns.js';
import { emptyLabels, encodeLabels, LABELS_KEPT } from './label-columns.js';

/** Columns of the table that only some profiles have; a page without has no such block. */
export interface TablePart {
  /** Of the block. */
  name: 'explained' | 'concepts' | 'spans' | 'gates';
  /** The columns of the given rows as bytes. */
  encode: (rows: Int32Array) => Uint8Array;
}

/** What a profile says of its neurons beside figures and examples, read in one walk over each table. */
export function tableParts(view: ProfileView, collected: Collected): TablePart[] {
  const parts: TablePart[] = [];
  const explained = readExplained(view, collected);
  if (explained !== null)
    parts.push({ name: 'explained', encode: (rows) => encodeExplained(explained, rows) });
  for (const name of ['concepts', 'spans'] as const) {
    if (!view.has(name)) continue;
    const labels = readLabels(view, name, collected);
    parts.push({ name, encode: (rows) => encodeLabels(labels, rows) });
  }
  if (view.has('gate_cases')) {
    const gates = readGates(view, collected);
    parts.push({ name: 'gates', encode: (rows) => encodeGates(gates, rows) });
  }
  return parts;
}

function readExplained(view: ProfileView, { columns }: Collected): ExplainedColumns | null {
  const rows = columns.neuron.length;
  const asked = kindsOf(view.manifest.settings);
  if (asked.length === 0) return null;
  const explainedBy = new Float64Array(rows);
  const kinds = asked.map((kind) => ({
    ...{ kind, eta2: new Float32Array(rows), epsilon2: new Float32Array(rows) },
  }));
  let row = 0;
  for (const neuron of view.explained()) {
    explainedBy[row] = EXPLAINED_BY.indexOf(neuron.explained_by as ExplainedBy);
    for (const { kind, eta2, epsilon2 } of kinds) {
      eta2[row] = neuron[`eta2_${kind}`] ?? NaN;
      epsilon2[row] = neuron[`epsilon2_${kind}`] ?? NaN;
    }
    row++;
  }
  return { explainedBy, kinds };
}

function readLabels(view: ProfileView, table: 'concepts' | 'spans', collected: Collected) {
  const columns = emptyLabels(collected.columns.neuron.length);
  const rowOf = rowFinder(view, collected);
  const numbers = new Map<string, number>();
  for (const neuron of view.bestLabels(table, LABELS_KEPT)) {
    const row = rowOf(neuron);
    neuron.labels.forEach(({ field, label, effect, f1, q }, r) => {
      const key = JSON.stringify([field, label]);
      let number = numbers.get(key);
      if (number === undefined) {
        numbers.set(key, (number = numbers.size));
        columns.names.push({ field, label });
      }
      const rank = columns.ranks[r]!;
      rank.name[row] = number;
      rank.effect[row] = effect ?? NaN;
      rank.f1[row] = f1 ?? NaN;
      rank.q[row] = q;
    });
  }
  return columns;
}

function readGates(view: ProfileView, collected: Collected) {
  const cases = emptyGates(collected.columns.neuron.length);
  const rowOf = rowFinder(view, collected);
  for (const figures of view.gateFigures()) {
    const { count, mean } = cases[GATE_SIGNS.indexOf(figures.signs)]!;
    const row = rowOf(figures);
    count[row] = figures.count;
    mean[row] = figures.mean;
  }
  return cases;
}
