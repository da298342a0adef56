import { parseNeuron, formatLayer } from '../../../core/neuron-name.js';
import { figure, grouped } from '../../numbers.js';
import { layerCells } from '../../layer-cells.js';
import { TAPS } from '../../model-section.js';
import { visible } from '../../visible.js';
import { h, type Child } from './dom.js';
import { context, mostOf } from './example-view.js';
import { layerCharts } from './layer-charts.js';
import { linkTo } from './route.js';
import { sparkline } from './sparkline.js';
import type { Store } from './store.js';
import { tokenAlone } from './token-view.js';

/** Neurons shown as cards, and tokens each side of the firing one there. */
const CARDS = 12;
const AROUND = 7;

export async function overviewPage(store: Store): Promise<HTMLElement> {
  const { facts } = store;
  const { model, corpus } = facts;
  const files = corpus.files.map(({ path }) => visible(path));
  if (corpus.fileCount > files.length) files.push(`and ${grouped(corpus.fileCount - files.length)} more`);
  return h(
    'section',
    { class: 'overview' },
    h('h1', { tabindex: -1 }, visible(model.path)),
    h('p', { class: 'sub' }, `on ${files.join(', ')} · tap ${TAPS[model.tap] ?? model.tap}`),
    tiles(store),
    h('p', { class: 'prose' }, h('strong', {}, 'Dead neurons. '), facts.dead.join(' ')),
    ...facts.notes.map((sentence) => h('p', { class: 'prose note' }, sentence)),
    ...(facts.has.figures
      ? [h('h2', {}, 'Layers'), layerCharts(store), layerTable(store)]
      : [
          h(
            'p',
            { class: 'absent' },
            `No figures: ${facts.command} does not write them (profile and stats do).`,
          ),
        ]),
    h('h2', {}, 'Most selective neurons'),
    h('p', { class: 'prose' }, 'High where few tokens make a neuron fire, but more than a handful.'),
    h('ul', { class: 'cards' }, ...(await Promise.all(cardsOf(store)))),
  );
}

function tiles(store: Store): HTMLElement {
  const { facts } = store;
  let rare = 0;
  for (let row = 0; row < store.rows; row++) if (store.kindOf(row) === 'rare') rare++;
  const { neurons, dead, broken } = facts.summary;
  const tile = (count: string, says: string, query: string | null = null): HTMLElement =>
    query === null
      ? h('li', {}, h('strong', {}, count), h('span', {}, says))
      : h(
          'li',
          {},
          h('a', { href: linkTo('neurons', { q: query }) }, h('strong', {}, count), h('span', {}, says)),
        );
  const { length } = facts.sites;
  return h(
    'ul',
    { class: 'tiles' },
    tile(grouped(facts.corpus.counted_tokens), `tokens of ${grouped(facts.corpus.documents)} documents`),
    tile(grouped(neurons), `neurons in ${grouped(length)} layer${length === 1 ? '' : 's'}`, ''),
    ...(facts.has.figures
      ? [tile(grouped(dead), 'dead', 'is:dead'), tile(grouped(rare), 'rare', 'is:rare')]
      : []),
    ...(broken > 0 ? [tile(grouped(broken), 'broken', 'is:broken')] : []),
  );
}

function layerTable({ facts }: Store): HTMLElement {
  const titles = [
    'layer',
    'neurons',
    'dead',
    'broken',
    'active',
    'mean σ',
    'kurtosis',
    'max',
    'near 0',
    'clamped',
  ];
  const rows = facts.layers.map((layer) => {
    const name = formatLayer(layer.group, layer.layer);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { class: 'mono', href: linkTo('neurons', { q: name }) }, name)),
      ...layerCells(layer).map((text) => h('td', {}, text)),
    );
  });
  return h(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Table of layers' },
    h(
      'table',
      { class: 'plain layers' },
      h('thead', {}, h('tr', {}, ...titles.map((title) => h('th', { scope: 'col' }, title)))),
      h('tbody', {}, ...rows),
    ),
    h(
      'p',
      { class: 'faint' },
      'active: mean share of active tokens; kurtosis: median excess; near 0 and clamped: share of values in the histogram bin around zero, and beyond its outermost bins.',
    ),
  );
}

function cardsOf(store: Store): Promise<HTMLElement>[] {
  return store.facts.summary.most_selective.slice(0, CARDS).flatMap(({ neuron, selectivity }) => {
    const row = store.rowOf(parseNeuron(neuron));
    return row < 0 ? [] : [card(store, row, selectivity)];
  });
}

async function card(store: Store, row: number, selectivity: number): Promise<HTMLElement> {
  const counts = store.histogramOf(row);
  const examples = await store.examplesOf(row);
  const best = examples.filter(({ side }) => side === 'top').slice(0, 3);
  const body: Child[] =
    best.length > 0
      ? best.map((example) => context(store, example, mostOf(examples), AROUND))
      : [
          h(
            'p',
            { class: 'context' },
            'largest on ',
            h('code', {}, tokenAlone(store, store.columns.max_token_id[row]!)),
          ),
        ];
  return h(
    'li',
    { class: 'card' },
    h(
      'div',
      { class: 'card-head' },
      h('a', { class: 'mono', href: linkTo(store.nameOf(row)) }, store.nameOf(row)),
      counts === null ? null : sparkline(counts),
      h('span', { class: 'faint' }, figure(selectivity)),
    ),
    h('div', { class: 'card-body' }, ...body),
  );
}
