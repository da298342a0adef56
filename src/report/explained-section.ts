import { NAMED_FROM } from '../analyse/explained/name-neuron.js';
import type { ExplainKind } from '../accumulate/explain-kinds.js';
import { formatLayer, formatNeuron } from '../core/neuron-name.js';
import type { ExplainedBy } from '../profile/explained.js';
import {
  carrierWords,
  epsilons,
  EXPLAINED_LEGEND,
  EXPLAINED_NAMES,
  kindsOf,
  schemeOfCarriers,
} from './explained-words.js';
import { grouped } from './numbers.js';
import { textTable, wrap } from './text-table.js';
import type { ExplainedRow, ProfileView } from './view.js';

/** Neurons shown of each name, and classes of each. */
const SHOWN = 4;
const CLASSES = 4;

type Name = Exclude<ExplainedBy, ''>;
const NAMES = Object.keys(EXPLAINED_NAMES) as Name[];

const COLUMN_TITLES: Readonly<Record<Name, string>> = {
  token: 'token detectors',
  tokens: 'token-driven',
  previous: 'previous-token',
  'n-gram': 'n-gram candidates',
  position: 'positional',
};

/** Which classes each name's neurons are shown with. */
const SHOWN_KINDS: Readonly<Record<Name, readonly ExplainKind[]>> = {
  token: ['token'],
  tokens: ['token'],
  previous: ['previous'],
  'n-gram': ['previous', 'token'],
  position: ['position'],
};

/** How many neurons of each layer tokens and positions explain, and the best; nothing where that was not asked for. */
export function explainedSection(view: ProfileView, width: number): string[] {
  const kinds = kindsOf(view.manifest.settings);
  if (kinds.length === 0) return [];
  const asked = NAMES.filter((name) => SHOWN_KINDS[name].every((kind) => kinds.includes(kind)));
  const layers = new Map<string, { neurons: number; named: Map<string, number> }>();
  const best = new Map<Name, { good: number; row: ExplainedRow }[]>(asked.map((name) => [name, []]));
  for (const row of view.explained()) {
    const key = formatLayer(row.group, row.layer);
    const layer = layers.get(key) ?? { neurons: 0, named: new Map<string, number>() };
    layers.set(key, layer);
    layer.neurons++;
    layer.named.set(row.explained_by, (layer.named.get(row.explained_by) ?? 0) + 1);
    const name = row.explained_by as ExplainedBy;
    if (name !== '') keep(best.get(name)!, { good: goodness(row, name), row });
  }
  const columns = ['layer', 'neurons', ...asked.map((name) => COLUMN_TITLES[name])];
  const rows = Array.from(layers, ([layer, { neurons, named }]) => [
    layer,
    grouped(neurons),
    ...asked.map((name) => grouped(named.get(name) ?? 0)),
  ]);
  const table = textTable(
    columns.map((title, i) => ({ title, align: i === 0 ? ('left' as const) : ('right' as const) })),
    rows,
  );
  return [
    ...table.map((line) => `  ${line}`),
    ...wrap(EXPLAINED_LEGEND, width, '  '),
    ...asked.flatMap((name) => {
      const shown = best.get(name)!;
      if (shown.length === 0) return [];
      const lines = shown.flatMap(({ row }) => neuronLines(view, row, name, kinds, width));
      return ['', `  ${capitalised(EXPLAINED_NAMES[name])}s`, ...lines];
    }),
  ];
}

function neuronLines(
  view: ProfileView,
  row: ExplainedRow,
  name: Name,
  kinds: readonly ExplainKind[],
  width: number,
): string[] {
  const carriers = view.carriersOf(row);
  const scheme = schemeOfCarriers(carriers);
  const of = SHOWN_KINDS[name].map((kind) => {
    const words = carrierWords(carriers, kind, CLASSES, scheme);
    return SHOWN_KINDS[name].length === 1 ? words : `${kind}: ${words}`;
  });
  return [`  ${formatNeuron(row)}  ε² (η²): ${epsilons(row, kinds)}`, ...wrap(of.join('; '), width, '    ')];
}

/** How far a neuron is beyond what named it; of one name the larger is the better. */
function goodness(row: ExplainedRow, name: Name): number {
  return SHOWN_KINDS[name].reduce((sum, kind) => sum + (row[`epsilon2_${kind}`] ?? 0), -NAMED_FROM);
}

/** Keeps the SHOWN best, best first; of equals the first. */
function keep<T extends { good: number }>(best: T[], candidate: T): void {
  const place = best.findIndex(({ good }) => good < candidate.good);
  best.splice(place === -1 ? best.length : place, 0, candidate);
  if (best.length > SHOWN) best.pop();
}

function capitalised(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
