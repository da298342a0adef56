import { figure, percent } from '../../numbers.js';
import { chart, Plot } from './chart.js';
import { h } from './dom.js';
import { RARE, type Store } from './store.js';

const HEIGHT = 210;
/** Names of layers that fit side by side. */
const NAME_PIXELS = 30;
const MOST_TICKS = 7;

/** Of one layer: quantiles of something over its neurons. */
interface Band {
  layer: string;
  q05: number;
  q25: number;
  q50: number;
  q75: number;
  q95: number;
}

/** The pictures of the overview: how many neurons of each layer hardly fire, and how strongly and sharply the others do. */
export function layerCharts(store: Store): HTMLElement {
  const { derived, columns } = store;
  return h(
    'div',
    { class: 'charts' },
    shares(store),
    bands(store, 'Active', 'Share of tokens on which a neuron is active', derived.active, 'linear', percent),
    bands(
      store,
      'Strength',
      'Largest activation of a neuron in standard deviations, max / σ',
      derived.strength,
      'log',
      figure,
    ),
    bands(
      store,
      'Kurtosis',
      'Excess kurtosis: large where few tokens carry a neuron’s variance',
      columns.kurtosis,
      'symlog',
      figure,
    ),
  );
}

/** Dead and rare neurons of each layer, one above the other. */
function shares(store: Store): HTMLElement {
  const count = store.facts.sites.map(() => ({ dead: 0, rare: 0, rows: 0 }));
  for (let row = 0; row < store.rows; row++) {
    const of = count[store.siteOf[row]!]!;
    const kind = store.kindOf(row);
    of.rows++;
    if (kind === 'dead' || kind === 'rare') of[kind]++;
  }
  const names = layerNames(store);
  const bars = count.flatMap(({ dead, rare, rows }, i) => [
    { layer: names[i]!, kind: 'dead', share: dead / rows, count: dead },
    { layer: names[i]!, kind: 'rare', share: rare / rows, count: rare },
  ]);
  const most = Math.max(0.01, ...count.map(({ dead, rare, rows }) => (dead + rare) / rows));
  const label = `Share of dead and rare neurons by layer: ${bars
    .filter(({ kind }) => kind === 'dead')
    .map(({ layer, share }) => `${layer} ${percent(share)} dead`)
    .join(', ')}`;
  const { element } = chart(label, HEIGHT, (width) => ({
    ...frame(names, width),
    y: { domain: [0, most * 1.08], label: null, grid: true, ticks: 4, tickFormat: shortPercent },
    color: { domain: ['dead', 'rare'], range: ['var(--dead)', 'var(--rare)'] },
    marks: [
      Plot.barY(bars, { x: 'layer', y: 'share', fill: 'kind', inset: 0.5, title: tipOf, tip: TIP }),
      Plot.ruleY([0], { stroke: 'var(--line-strong)' }),
    ],
  }));
  const says = `Never active, and active on less than ${percent(RARE)} of tokens`;
  const caption = h('figcaption', {}, h('strong', {}, 'Dead and rare'), ' ', says);
  if (bars.every((bar) => bar.count === 0)) {
    return h('figure', {}, caption, h('p', { class: 'nothing' }, 'No neuron is dead or rare.'));
  }
  return h(
    'figure',
    {},
    caption,
    element,
    h(
      'p',
      { class: 'key' },
      h('span', { class: 'swatch dead' }),
      'dead ',
      h('span', { class: 'swatch rare' }),
      'rare',
    ),
  );
}

const TIP = { fill: 'var(--raised)', stroke: 'var(--line-strong)' } as const;

function tipOf({
  layer,
  kind,
  share,
  count,
}: {
  layer: string;
  kind: string;
  share: number;
  count: number;
}): string {
  return `${layer}\n${count} ${kind}, ${percent(share)}`;
}

/** Quantiles over the neurons of each layer: median, middle half, middle nine tenths. */
function bands(
  store: Store,
  title: string,
  says: string,
  values: ArrayLike<number>,
  type: 'linear' | 'log' | 'symlog',
  format: (value: number) => string,
): HTMLElement {
  const names = layerNames(store);
  const data = bandsOf(store, names, values).filter(({ q05 }) => type !== 'log' || q05 > 0);
  const label = `${title} by layer, median: ${data.map(({ layer, q50 }) => `${layer} ${format(q50)}`).join(', ')}`;
  const tip = (band: Band) =>
    `${band.layer}\nmedian ${format(band.q50)}\nhalf of them ${format(band.q25)} to ${format(band.q75)}\n90 % ${format(band.q05)} to ${format(band.q95)}`;
  const { element } = chart(label, HEIGHT, (width) => ({
    ...frame(names, width),
    y: { label: null, grid: true, ...scaleOf(type, data) },
    marks: [
      Plot.ruleX(data, { x: 'layer', y1: 'q05', y2: 'q95', stroke: 'var(--bar)', strokeWidth: 1.5 }),
      Plot.ruleX(data, {
        x: 'layer',
        y1: 'q25',
        y2: 'q75',
        stroke: 'var(--bar)',
        strokeWidth: thickness(names, width),
        strokeLinecap: 'butt',
      }),
      Plot.dot(data, {
        x: 'layer',
        y: 'q50',
        r: 3.5,
        fill: 'var(--surface)',
        stroke: 'var(--accent)',
        strokeWidth: 2,
      }),
      Plot.tip(data, Plot.pointerX({ x: 'layer', y: 'q50', title: tip, ...TIP })),
    ],
  }));
  return h('figure', {}, h('figcaption', {}, h('strong', {}, title), ' ', says), element);
}

/** An axis and its ticks: shares from 0 to 1, or 1, 2, 5, 10 … as far as the bands reach. */
function scaleOf(type: 'linear' | 'log' | 'symlog', data: readonly Band[]): Plot.ScaleOptions {
  if (type === 'linear') return { domain: [0, 1], ticks: 5, tickFormat: shortPercent };
  const low = Math.min(...data.map(({ q05 }) => q05));
  const high = Math.max(...data.map(({ q95 }) => q95));
  const steps = [-10, -5, -2, -1, 0];
  for (let decade = type === 'log' ? 1e-3 : 1; decade < 1e9; decade *= 10) {
    steps.push(decade, 2 * decade, 5 * decade);
  }
  const within = steps.filter((step) => step >= low && step <= high);
  const every = Math.ceil(within.length / MOST_TICKS);
  const ticks = within.filter((_, i) => (within.length - 1 - i) % every === 0);
  return { type, ticks, tickFormat: (value: number) => `${Number(value.toPrecision(3))}`.replace('-', '−') };
}

function shortPercent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function thickness(names: readonly string[], width: number): number {
  return Math.max(2, Math.min(12, (width / names.length) * 0.4));
}

function frame(names: readonly string[], width: number): Plot.PlotOptions {
  const every = Math.ceil((NAME_PIXELS * names.length) / Math.max(1, width - 60));
  return {
    marginLeft: 54,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 26,
    x: {
      type: 'band',
      domain: [...names],
      label: null,
      ticks: names.filter((_, i) => i % every === 0),
      tickSize: 0,
    },
  };
}

function bandsOf(store: Store, layers: readonly string[], values: ArrayLike<number>): Band[] {
  const lists = layers.map((): number[] => []);
  for (let row = 0; row < store.rows; row++) {
    const value = values[row]!;
    if (!Number.isNaN(value)) lists[store.siteOf[row]!]!.push(value);
  }
  return lists.flatMap((list, i): Band[] => {
    if (list.length === 0) return [];
    list.sort((a, b) => a - b);
    const at = (q: number) => list[Math.max(0, Math.ceil(q * list.length) - 1)]!;
    return [{ layer: layers[i]!, q05: at(0.05), q25: at(0.25), q50: at(0.5), q75: at(0.75), q95: at(0.95) }];
  });
}

function layerNames({ facts: { sites } }: Store): string[] {
  return sites.map(({ group, layer }) => `${group === '' ? '' : `${group.slice(0, 3)}.`}L${layer}`);
}
