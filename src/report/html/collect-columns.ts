import { formatLayer, type NeuronId } from '../../core/neuron-name.js';
import { keptNeurons } from '../require-neuron.js';
import type { ProfileView } from '../view.js';
import { COLUMN_NAMES, emptyColumns, type NeuronColumns } from './neuron-columns.js';

/** The neurons of a profile and all that the page's table says of them. */
export interface Collected {
  columns: NeuronColumns;
  /** Neurons of each layer, in the order of the manifest's sites: layer i's rows end where the next one's begin. */
  rowsOfSite: number[];
  /** 1 for a neuron that has examples, or sign cases, which have some. */
  hasExamples: Uint8Array;
  /** The vocabulary's strings of the tokens with the largest values; without examples there are none. */
  topTokens: Map<number, string | null>;
}

const READ = [
  'group',
  'layer',
  ...COLUMN_NAMES.wholes,
  ...COLUMN_NAMES.figures,
  ...COLUMN_NAMES.places,
] as const;

/** Walks the profile once. Where `topk` wrote no figures, the largest value and its place are those of the best example. */
export function collectColumns(view: ProfileView): Collected {
  const rows = view.manifest.summary.neurons;
  const columns = emptyColumns(rows);
  const rowsOfSite = view.has('neurons') ? readFigures(view, columns) : keptOf(view, columns);
  const topTokens = new Map<number, string | null>();
  const collected = { columns, rowsOfSite, topTokens, hasExamples: new Uint8Array(rows) };
  if (view.has('examples')) readBest(view, collected);
  if (view.has('gate_cases')) markGates(view, collected);
  return collected;
}

function readFigures(view: ProfileView, columns: NeuronColumns): number[] {
  const { sites } = view.manifest.model;
  const numberOf = new Map(sites.map(({ group, layer }, i) => [formatLayer(group, layer), i]));
  const rowsOfSite = sites.map(() => 0);
  let row = 0;
  for (const neuron of view.neurons(...READ)) {
    for (const name of COLUMN_NAMES.wholes) columns[name][row] = neuron[name];
    for (const name of COLUMN_NAMES.figures) columns[name][row] = neuron[name] ?? NaN;
    for (const name of COLUMN_NAMES.places) columns[name][row] = neuron[name] ?? NaN;
    rowsOfSite[numberOf.get(formatLayer(neuron.group, neuron.layer))!]!++;
    row++;
  }
  return rowsOfSite;
}

/** Of a profile without figures: which neurons it keeps. */
function keptOf({ manifest: { model, settings } }: ProfileView, columns: NeuronColumns): number[] {
  let row = 0;
  return model.sites.map((site) => {
    const kept = keptNeurons(site, settings['neurons'] ?? null);
    for (const neuron of kept) columns.neuron[row++] = neuron;
    return kept.length;
  });
}

function readBest(view: ProfileView, collected: Collected): void {
  const { columns, topTokens, hasExamples } = collected;
  const rowOf = rowFinder(view, collected);
  for (const place of view.topPlaces()) {
    const { best, tokenIds } = place;
    const row = rowOf(place);
    hasExamples[row] = 1;
    topTokens.set(tokenIds[0]!, best.token);
    if (view.has('neurons')) continue;
    columns.max[row] = best.value;
    columns.max_document[row] = best.document;
    columns.max_window[row] = best.window;
    columns.max_position[row] = best.position;
    columns.max_token_id[row] = tokenIds[0]!;
  }
}

function markGates(view: ProfileView, collected: Collected): void {
  const rowOf = rowFinder(view, collected);
  for (const neuron of view.gateFigures()) collected.hasExamples[rowOf(neuron)] = 1;
}

/** Finds the row of one neuron after another, as they come in the order of the model. */
export function rowFinder(
  { manifest: { model } }: ProfileView,
  { columns: { neuron }, rowsOfSite }: Pick<Collected, 'columns' | 'rowsOfSite'>,
): (id: NeuronId) => number {
  const starts = new Map<string, number>();
  let start = 0;
  model.sites.forEach(({ group, layer }, i) => {
    starts.set(formatLayer(group, layer), start);
    start += rowsOfSite[i]!;
  });
  let row = 0;
  return (id) => {
    row = Math.max(row, starts.get(formatLayer(id.group, id.layer))!);
    while (neuron[row] !== id.neuron) row++;
    return row;
  };
}
