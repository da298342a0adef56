import { formatLayer } from '../core/neuron-name.js';
import type { Tap } from '../model/types.js';
import { counted, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { pairs, textTable, type Column } from './text-table.js';
import { visible } from './visible.js';

/** What `expose` wrote: the JSON it prints. */
export interface ExposedSummary {
  model: string;
  output: string;
  bytes: number;
  sha256: string;
  /** The data file that holds the weights; null where they are in the model, or stay where they were. */
  data: { path: string; bytes: number; sha256: string } | null;
  /** Data files of the original that the new model reads, as it names them. */
  reads: string[];
  tap: Tap;
  /** Inputs that the new model takes. */
  inputs: string[];
  outputs: ExposedOutput[];
  /** Outputs of the original that stay. */
  kept_outputs: string[];
  pruned: { nodes: number; nodes_in_model: number };
}

/** An activation that the written model gives out. */
export interface ExposedOutput {
  output: string;
  group: string;
  layer: number;
  d_mlp: number;
  tensor: string;
  /** False where the original had this output. */
  added: boolean;
}

const KIB = 2 ** 10;
const COLUMNS: readonly Column[] = [
  { title: 'layer', align: 'left' },
  { title: 'neurons', align: 'right' },
  { title: 'output', align: 'left' },
  { title: 'tensor', align: 'left' },
];

/** The files, what is left of the graph, and which output holds which layer. Names are never cut: they are there to be copied. */
export function renderExposed(summary: ExposedSummary, { paint }: { paint: Paint }): string {
  const { model, output, bytes, data, reads, tap, inputs, outputs, kept_outputs, pruned } = summary;
  const neurons = outputs.reduce((sum, { d_mlp }) => sum + d_mlp, 0);
  return [
    paint.heading(visible(output)),
    ...pairs([
      ['from', visible(model)],
      ['size', `${size(bytes)}${data === null && reads.length === 0 ? ', weights inside' : ''}`],
      ...(data === null ? [] : [['weights', `${visible(data.path)}, ${size(data.bytes)}`] as const]),
      ...(reads.length === 0 ? [] : [['reads', readsText(reads)] as const]),
      ['neurons', `${grouped(neurons)} in ${counted(outputs.length, 'layer')}, tap ${tap}`],
      ['graph', `${grouped(pruned.nodes)} of ${counted(pruned.nodes_in_model, 'node')} kept`],
      ['inputs', inputs.map(visible).join(', ')],
      ...(kept_outputs.length === 0 ? [] : [['kept', keptText(kept_outputs)] as const]),
    ]),
    '',
    paint.heading('Outputs'),
    ...textTable(
      COLUMNS,
      outputs.map((each) => [
        formatLayer(each.group, each.layer),
        grouped(each.d_mlp),
        `${visible(each.output)}${each.added ? '' : ' (was there)'}`,
        visible(each.tensor),
      ]),
    ).map((line) => `  ${line}`),
  ].join('\n');
}

/** More names than these say less. */
const MOST_NAMES = 4;

function keptText(names: readonly string[]): string {
  const listed = names.slice(0, MOST_NAMES).map(visible).join(', ');
  const rest = names.length - MOST_NAMES;
  return `${counted(names.length, 'output')} of the original: ${listed}${rest > 0 ? `, and ${rest} more` : ''}`;
}

function readsText(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).map(visible).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}, where they are`;
}

function size(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / KIB ** power).toFixed(1)} ${units[power - 1]!}`;
}
