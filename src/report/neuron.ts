import { formatLayer, formatNeuron, type NeuronId } from '../core/neuron-name.js';
import { PART_FROM } from '../analyse/explained/name-neuron.js';
import type { ExplainedBy } from '../profile/explained.js';
import { carrierWords, epsilons, EXPLAINED_NAMES, kindsOf, schemeOfCarriers } from './explained-words.js';
import { exampleLines, schemeOfExamples } from './example-lines.js';
import { gateLines } from './gate-cases.js';
import { histogram } from './histogram-blocks.js';
import { labelLines } from './label-lines.js';
import { counted, figure, grouped, percent } from './numbers.js';
import type { Paint } from './paint.js';
import { requireNeuron } from './require-neuron.js';
import { rateBound } from './rule-of-three.js';
import { SIDE_TITLES } from './side-titles.js';
import { pairs, wrap } from './text-table.js';
import { textWidth } from './text-width.js';
import type { ExampleRow, NeuronRow, ProfileView, Side } from './view.js';

export interface NeuronLook {
  paint: Paint;
  /** Columns. */
  width: number;
  /** Examples shown of each side. */
  examples: number;
}

const HISTOGRAM_HEIGHT = 6;
/** Classes shown of what explains a neuron. */
const CLASSES = 6;
const HISTOGRAM_WIDEST = 72;

/**
 * One neuron: figures, histogram, examples; what the profile does not hold is said.
 * @throws UserError (exit 2) where the profile has no such neuron
 */
export function renderNeuron(view: ProfileView, id: NeuronId, look: NeuronLook): string {
  const site = requireNeuron(view, id);
  const { model } = view.manifest;
  const gated = site.gated ? ', gated' : '';
  const row = view.neuron(id);
  return [
    `${look.paint.heading(formatNeuron(id))}  neuron ${grouped(id.neuron)} of ${grouped(site.d_mlp)} in layer ${formatLayer(id.group, id.layer)}, ${site.activation}${gated}, tap ${model.tap}`,
    '',
    ...(row === null ? [missing('figures', view)] : figures(row, view, look)),
    ...explainedLines(view, id, look),
    ...labelLines(view, id, look.width),
    '',
    ...histogramLines(view, id, row, look),
    '',
    ...signLines(view, id, look),
    ...sideLines('top', view, id, look),
    ...FURTHER_SIDES.filter((side) => isKept(side, view)).flatMap((side) => [
      '',
      ...sideLines(side, view, id, look),
    ]),
    '',
  ].join('\n');
}

function figures(row: NeuronRow, view: ProfileView, { paint, width }: NeuronLook): string[] {
  const finite = row.count - row.nan_count - row.inf_count;
  const place = (document: number | null, position: number | null) =>
    document === null || position === null
      ? ''
      : paint.faint(`  document ${grouped(document)}, position ${grouped(position)}`);
  const broken = row.nan_count + row.inf_count;
  return [
    ...pairs([
      ['tokens', `${grouped(row.count)} counted in ${counted(view.manifest.corpus.documents, 'document')}`],
      ...(broken > 0
        ? [
            [
              'broken',
              paint.warning(`${grouped(row.nan_count)} NaN, ${grouped(row.inf_count)} infinite`),
            ] as const,
          ]
        : []),
      [
        'active',
        `${percent(row.active_rate)}  (${grouped(row.active_count)} above ${figure(Number(view.manifest.settings['active_above']))}; ${grouped(row.positive_count)} positive, ${grouped(row.zero_count)} zero)`,
      ],
      [
        'mean',
        `${figure(row.mean)}  std ${figure(row.std)}  skewness ${figure(row.skewness)}  excess kurtosis ${figure(row.kurtosis)}`,
      ],
      ['min', figure(row.min) + place(row.min_document, row.min_position)],
      ['max', figure(row.max) + place(row.max_document, row.max_position)],
      [
        'quantiles',
        `1 % ${figure(row.q01)}  5 % ${figure(row.q05)}  25 % ${figure(row.q25)}  50 % ${figure(row.median)}`,
      ],
      ['', `75 % ${figure(row.q75)}  95 % ${figure(row.q95)}  99 % ${figure(row.q99)}`],
    ]),
    ...(row.dead
      ? wrap(
          `Dead: never active in ${counted(finite, 'token')}, so it fires on fewer than ${percent(rateBound(finite))} of tokens, and in fewer than ${percent(rateBound(view.manifest.corpus.documents))} of documents (rule of three, 95 %).`,
          width,
          '  ',
        ).map(paint.warning)
      : []),
  ];
}

/** What positions and tokens explain, and the classes that carry it where it is more than a little. */
function explainedLines(view: ProfileView, id: NeuronId, { width }: NeuronLook): string[] {
  const row = view.explainedOf(id);
  if (row === null) return [];
  const kinds = kindsOf(view.manifest.settings);
  const carriers = view.carriersOf(id);
  const scheme = schemeOfCarriers(carriers);
  const name = row.explained_by as ExplainedBy;
  const named = name === '' ? '' : `: ${EXPLAINED_NAMES[name]}`;
  const [title, figures] = ['  explained, ε² (η²)', epsilons(row, kinds)];
  const line = `${title}  ${figures}${named}`;
  const head = textWidth(line) <= width ? [line] : [title + named, `    ${figures}`];
  const lines = kinds
    .filter((kind) => (row[`epsilon2_${kind}`] ?? 0) >= PART_FROM)
    .flatMap((kind) => wrap(`by ${kind}: ${carrierWords(carriers, kind, CLASSES, scheme)}`, width, '    '));
  return ['', ...head, ...lines];
}

function histogramLines(
  view: ProfileView,
  id: NeuronId,
  row: NeuronRow | null,
  { paint, width }: NeuronLook,
): string[] {
  if (!view.has('histograms')) return [missing('histogram', view)];
  const bins = view.histogramOf(id);
  if (bins.length === 0) return ['  no histogram: not one finite value'];
  const min = row?.min ?? bins[0]!.lower;
  const max = row?.max ?? bins[bins.length - 1]!.upper;
  const margin = 16;
  const columns = Math.min(HISTOGRAM_WIDEST, width - margin);
  return [
    `  ${paint.heading('histogram')}  tokens by activation; heights are logarithms`,
    ...histogram(bins, { width: columns, height: HISTOGRAM_HEIGHT, min, max }).map((line) => `  ${line}`),
  ];
}

const FURTHER_SIDES = ['bottom', 'band', 'random'] as const;

/** Whether the run was asked for examples of a side. */
function isKept(side: (typeof FURTHER_SIDES)[number], { manifest: { settings } }: ProfileView): boolean {
  if (side === 'bottom') return settings['bottom'] === true;
  return Number(settings[`${side}_examples`] ?? 0) > 0;
}

function sideLines(side: Side, view: ProfileView, id: NeuronId, look: NeuronLook): string[] {
  if (!view.has('examples')) return [missing('examples', view)];
  const all = view.examplesOf(id, side);
  // Bands are few, and each says something else.
  const shown: readonly ExampleRow[] = side === 'band' ? all : all.slice(0, look.examples);
  if (shown.length === 0) return [`  no ${side} examples: not one finite value`];
  const scheme = schemeOfExamples([...view.examplesOf(id, 'top'), ...view.examplesOf(id, 'bottom')]);
  return [
    `  ${look.paint.heading(SIDE_TITLES[side])}  activation, document:position, context`,
    ...exampleLines(shown, { paint: look.paint, width: look.width, indent: '  ', scheme }),
  ];
}

/** The sign cases of a gated neuron, where they were asked for. */
function signLines(view: ProfileView, id: NeuronId, { paint, width }: NeuronLook): string[] {
  if (!view.has('gate_cases')) return [];
  const rows = view.gateCasesOf(id);
  const scheme = schemeOfExamples(rows);
  return [...gateLines(rows, { paint, width, indent: '  ', scheme }), ''];
}

function missing(what: 'figures' | 'histogram' | 'examples', view: ProfileView): string {
  const command = view.manifest.command;
  const other = what === 'examples' ? 'topk' : 'stats';
  return `  no ${what}: ${command} does not write them (profile and ${other} do)`;
}
