import { parseNeuron, type NeuronId } from '../../../core/neuron-name.js';
import { figure, grouped, percent } from '../../numbers.js';
import { SIDE_TITLES } from '../../side-titles.js';
import type { Side } from '../../../profile/format.js';
import { RANK_WORDS } from '../rank.js';
import { commandLine } from './command-line.js';
import { definitions, h, type Child } from './dom.js';
import { exampleItem, mostOf, shadeLegend } from './example-view.js';
import { exact } from './exact.js';
import { gatePart } from './gate-part.js';
import { histogramFigure } from './histogram-chart.js';
import { neuronParts } from './neuron-parts.js';
import { linkTo } from './route.js';
import type { Store } from './store.js';
import { finiteOf } from '../neuron-columns.js';
import { tokenAlone } from './token-view.js';

/** Rows in the order in which one leafs through them. */
export interface Leafing {
  rows: ArrayLike<number>;
  /** What the order is. */
  says: string;
}

/** The page of one neuron. */
export async function neuronPage(store: Store, name: string, leafing: Leafing): Promise<HTMLElement> {
  const row = rowNamed(store, name);
  if (row === null) return notHere(store, name);
  const site = store.facts.sites[store.siteOf[row]!]!;
  const gated = site.gated ? ', gated' : '';
  const says = `neuron ${grouped(store.columns.neuron[row]!)} of ${grouped(site.d_mlp)} in layer ${store.layerOf(row)}, ${site.activation}${gated}, tap ${store.facts.model.tap}`;
  return h(
    'article',
    { class: 'neuron' },
    h(
      'div',
      { class: 'title-row' },
      h('h1', { class: 'mono', tabindex: -1 }, store.nameOf(row)),
      badge(store, row),
      neighbours(store, row, leafing),
    ),
    h('p', { class: 'sub' }, says),
    h(
      'div',
      { class: 'neuron-top' },
      figures(store, row),
      h('div', { class: 'neuron-side' }, histogramFigure(store, row), neuronParts(store, row)),
    ),
    await gatePart(store, row),
    ...(await examples(store, row)),
  );
}

/** The row of a name as a link has it; null where it names no neuron of the table. */
export function rowNamed(store: Store, name: string): number | null {
  const id = idNamed(name);
  const row = id === null ? -1 : store.rowOf(id);
  return row < 0 ? null : row;
}

function idNamed(name: string): NeuronId | null {
  try {
    return parseNeuron(name);
  } catch {
    return null; // its error says what is wrong with a command line
  }
}

function notHere(store: Store, name: string): HTMLElement {
  const { summary } = store.facts;
  const { rows } = store;
  const why =
    idNamed(name) === null
      ? 'That is not the name of a neuron. Names are layer and place, both from 0, such as L2.N17.'
      : rows < summary.neurons
        ? `This file has the ${grouped(rows)} neurons that rank first of ${grouped(summary.neurons)}; the others are in the profile.`
        : 'This profile has no such neuron.';
  return h(
    'article',
    {},
    h('h1', { tabindex: -1 }, name),
    h('p', {}, why),
    h('p', {}, h('a', { href: linkTo('neurons') }, 'All neurons')),
  );
}

function badge(store: Store, row: number): Child {
  const kind = store.kindOf(row);
  return kind === 'live' ? null : h('span', { class: `badge ${kind}` }, kind);
}

function neighbours(store: Store, row: number, { rows, says }: Leafing): HTMLElement {
  const at = Array.prototype.indexOf.call(rows, row);
  const link = (to: number | undefined, text: string, relation: string) =>
    at < 0 || to === undefined
      ? h('span', { class: 'step off', 'aria-hidden': 'true' }, text)
      : h(
          'a',
          {
            class: 'step',
            rel: relation,
            href: linkTo(store.nameOf(to)),
            title: `${store.nameOf(to)} (${relation === 'prev' ? 'p' : 'n'})`,
          },
          text,
        );
  return h(
    'nav',
    { class: 'steps', 'aria-label': `Neurons ${says}` },
    link(rows[at - 1], '← previous', 'prev'),
    link(rows[at + 1], 'next →', 'next'),
    h('span', { class: 'steps-words' }, says),
  );
}

function figures(store: Store, row: number): HTMLElement {
  const { columns, derived, facts } = store;
  const token = columns.max_token_id[row]!;
  const at = (side: 'min' | 'max'): string => {
    const [document, position] = [columns[`${side}_document`][row]!, columns[`${side}_position`][row]!];
    return Number.isNaN(document) ? '' : `document ${grouped(document)}, position ${grouped(position)}`;
  };
  if (!facts.has.figures) {
    return h(
      'section',
      { class: 'figures', 'aria-label': 'Figures' },
      definitions([
        ['max', exact(columns.max[row]!), faint(at('max'))],
        ['on token', code(tokenAlone(store, token))],
      ]),
      h('p', { class: 'absent' }, `No figures: ${facts.command} does not write them (profile and stats do).`),
    );
  }
  const broken = columns.nan_count[row]! + columns.inf_count[row]!;
  const quantile = (name: string, column: 'q01' | 'q05' | 'q25' | 'median' | 'q75' | 'q95' | 'q99') =>
    [name, exact(columns[column][row]!)] as const;
  return h(
    'section',
    { class: 'figures', 'aria-label': 'Figures' },
    definitions([
      ['tokens', grouped(columns.count[row]!)],
      ...(broken > 0
        ? [
            [
              'broken',
              `${grouped(columns.nan_count[row]!)} NaN, ${grouped(columns.inf_count[row]!)} infinite`,
            ] as const,
          ]
        : []),
      [
        'active',
        percent(derived.active[row]!),
        faint(
          `${grouped(columns.active_count[row]!)} above ${figure(Number(facts.settings['active_above']))}`,
        ),
      ],
      ['positive', grouped(columns.positive_count[row]!), faint(`${grouped(columns.zero_count[row]!)} zero`)],
      ['mean', exact(columns.mean[row]!)],
      ['σ', exact(columns.std[row]!)],
      ['skewness', exact(columns.skewness[row]!)],
      ['excess kurtosis', exact(columns.kurtosis[row]!)],
      ['min', exact(columns.min[row]!), faint(at('min'))],
      ['max', exact(columns.max[row]!), faint(at('max'))],
      ...(Number.isNaN(token) ? [] : [['max on token', code(tokenAlone(store, token))] as const]),
      ['max / σ', figure(derived.strength[row]!)],
      ['selectivity', figure(derived.selectivity[row]!)],
      quantile('1 %', 'q01'),
      quantile('5 %', 'q05'),
      quantile('25 %', 'q25'),
      quantile('median', 'median'),
      quantile('75 %', 'q75'),
      quantile('95 %', 'q95'),
      quantile('99 %', 'q99'),
      [
        'near 0',
        grouped(columns.near_zero_count[row]!),
        faint(
          `within the histogram bin around 0 (${finiteOf(columns, row) > 0 ? percent(columns.near_zero_count[row]! / finiteOf(columns, row)) : '–'})`,
        ),
      ],
    ]),
  );
}

const faint = (text: string): Child => (text === '' ? null : h('span', { class: 'faint' }, text));
const code = (text: string): Child => h('code', {}, text);

async function examples(store: Store, row: number): Promise<HTMLElement[]> {
  const { facts } = store;
  if (!facts.has.examples) {
    return [
      h('p', { class: 'absent' }, `No examples: ${facts.command} does not write them (profile and topk do).`),
    ];
  }
  if (!store.hasExamples(row)) return [elsewhere(store, row)];
  const all = await store.examplesOf(row);
  const most = mostOf(all);
  const sides = (Object.keys(SIDE_TITLES) as Side[]).map((side) => ({
    side,
    list: all.filter((one) => one.side === side),
  }));
  return [
    ...sides.flatMap(({ side, list }) =>
      list.length === 0
        ? []
        : [
            h(
              'section',
              { 'aria-label': SIDE_TITLES[side] },
              h('h2', {}, capital(SIDE_TITLES[side])),
              shadeLegend(most),
              h('ol', { class: 'examples' }, ...list.map((example) => exampleItem(store, example, most))),
            ),
          ],
    ),
  ];
}

function capital(words: string): string {
  return words[0]!.toUpperCase() + words.slice(1);
}

/** Where the examples are, if not in this file. */
function elsewhere(store: Store, row: number): HTMLElement {
  const { facts, listed } = store;
  if (Number.isNaN(store.columns.max[row]))
    return h('p', { class: 'absent' }, 'No examples: not one finite value.');
  return h(
    'section',
    { class: 'elsewhere', 'aria-label': 'Examples' },
    h('h2', {}, 'Examples'),
    h(
      'p',
      {},
      `The examples of this neuron are not in this file. It has those of ${grouped(listed.length)} of ${grouped(facts.summary.neurons)} neurons: the first by ${RANK_WORDS[facts.rank]}. The profile has them all:`,
    ),
    commandLine('show', store.nameOf(row)),
  );
}
