import { formatLayer } from '../core/neuron-name.js';
import type { Tap } from '../model/types.js';
import { counted, grouped } from './numbers.js';
import type { Paint } from './paint.js';
import { pairs, textTable, wrap, type Column } from './text-table.js';
import { visible } from './visible.js';

/** What `inspect` found of a model: the JSON it prints. */
export interface Inspection {
  model: string;
  ir_version: number;
  opset: { domain: string; version: number }[];
  producer: string;
  inputs: InspectedInput[];
  sites: InspectedSite[];
  /** Elements of the weights. */
  parameters: number;
  /** What is left of the graph when only the taps are asked for. */
  pruned: { nodes: number; nodes_in_model: number };
  /** Predicted bytes of one worker, with the default settings. */
  memory: { state: number; examples: number; outputs: number; weights: number; worker: number };
}

/** An input of the graph. */
export interface InspectedInput {
  name: string;
  type: string;
  shape: (number | string | null)[];
  /** Whether a run feeds it. */
  fed: boolean;
  /** Whether the selected taps hang on it; where it is not fed then, nothing a text has gives it. */
  needed: boolean;
}

/** An FFN that was found, and where it would be read. */
export interface InspectedSite {
  group: string;
  layer: number;
  d_model: number;
  d_mlp: number;
  activation: string;
  gated: boolean;
  tap: Tap;
  tensor: string;
  nodes: { up: string | null; gate: string | null; act: string | null; down: string | null };
  selected: boolean;
}

const MIB = 2 ** 20;
const SITE_COLUMNS: readonly Column[] = [
  { title: 'layer', align: 'left' },
  { title: 'd_model', align: 'right' },
  { title: 'd_mlp', align: 'right' },
  { title: 'activation', align: 'left' },
  { title: 'gated', align: 'left' },
  { title: 'tensor', align: 'left' },
  { title: 'down projection', align: 'left' },
];

/** The FFNs of a model, its inputs and sizes, as tables. Names of tensors are never cut: they are there to be copied. */
export function renderInspection(
  inspection: Inspection,
  { paint, width }: { paint: Paint; width: number },
): string {
  const { model, sites, parameters, producer, ir_version, opset, pruned } = inspection;
  const selected = sites.filter((site) => site.selected);
  const neurons = selected.reduce((sum, { d_mlp }) => sum + d_mlp, 0);
  const taken =
    selected.length === sites.length
      ? counted(sites.length, 'layer')
      : `${selected.length} of ${counted(sites.length, 'layer')}`;
  return [
    paint.heading(visible(model)),
    ...pairs([
      [
        'format',
        `ONNX, IR ${ir_version}, ${opset.map(({ domain, version }) => `${domain === '' ? 'opset' : visible(domain)} ${version}`).join(', ')}`,
      ],
      ...(producer === '' ? [] : [['producer', visible(producer)] as const]),
      ['parameters', grouped(parameters)],
      ['neurons', `${grouped(neurons)} in ${taken}, tap ${sites[0]?.tap ?? 'post'}`],
      ['graph', `${grouped(pruned.nodes)} of ${counted(pruned.nodes_in_model, 'node')} run for these taps`],
      ['memory', memoryText(inspection.memory)],
    ]),
    ...groups(sites).flatMap(([group, members]) => [
      '',
      paint.heading(group === '' ? 'FFNs' : `FFNs of the ${group}`),
      ...indented(textTable(SITE_COLUMNS, members.map(siteRow))),
    ]),
    ...(selected.length === sites.length
      ? []
      : ['', ...wrap('Layers in parentheses are not selected.', width, '  ')]),
    '',
    paint.heading('Inputs'),
    ...indented(
      textTable(
        [
          { title: 'name', align: 'left' },
          { title: 'type', align: 'left' },
          { title: 'shape', align: 'left' },
          { title: 'fed', align: 'left' },
        ],
        inspection.inputs.map(({ name, type, shape, fed, needed }) => [
          visible(name),
          type,
          shapeText(shape),
          fed ? 'yes' : needed ? 'no text gives it' : 'not needed',
        ]),
      ),
    ),
  ].join('\n');
}

function siteRow({
  group,
  layer,
  d_model,
  d_mlp,
  activation,
  gated,
  tensor,
  nodes,
  selected,
}: InspectedSite): string[] {
  const name = formatLayer(group, layer);
  return [
    selected ? name : `(${name})`,
    grouped(d_model),
    grouped(d_mlp),
    activation,
    gated ? 'yes' : 'no',
    visible(tensor),
    nodes.down === null ? '–' : visible(nodes.down),
  ];
}

function groups(sites: readonly InspectedSite[]): [group: string, members: InspectedSite[]][] {
  const map = new Map<string, InspectedSite[]>();
  for (const site of sites) map.set(site.group, [...(map.get(site.group) ?? []), site]);
  return [...map];
}

function shapeText(shape: readonly (number | string | null)[]): string {
  return `[${shape.map((dimension) => (dimension === null ? '?' : visible(String(dimension)))).join(', ')}]`;
}

function memoryText({ worker, weights, state, examples }: Inspection['memory']): string {
  const mib = (bytes: number) => `${grouped(Math.ceil(bytes / MIB))} MiB`;
  return `about ${mib(worker)} a worker (weights ${mib(weights)}, figures ${mib(state)}, examples ${mib(examples)})`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
