import { figure, grouped } from '../../numbers.js';
import { LAST_CODE, countOfCode } from '../count-code.js';
import type { FigureName } from '../neuron-columns.js';
import { chart, Plot } from './chart.js';
import { h } from './dom.js';
import type { Store } from './store.js';

const HEIGHT = 250;
/** Pixels that a quantile's name takes under the axis. */
const NAME_PIXELS = 34;

/** Quantiles marked under the axis; where names would overlap the first in this list stand. */
const QUANTILES: readonly (readonly [name: string, column: FigureName])[] = [
  ['50 %', 'median'],
  ['99 %', 'q99'],
  ['1 %', 'q01'],
  ['95 %', 'q95'],
  ['5 %', 'q05'],
  ['75 %', 'q75'],
  ['25 %', 'q25'],
];

interface Bar {
  x1: number;
  x2: number;
  count: number;
}

/** The histogram of a neuron with its switch and, for who wants numbers, its bins. */
export function histogramFigure(store: Store, row: number): HTMLElement {
  const counts = store.histogramOf(row);
  if (counts === null) return h('p', { class: 'absent' }, absence(store));
  const [min, max] = [store.columns.min[row]!, store.columns.max[row]!];
  const step = (max - min) / counts.length;
  const bars = Array.from(counts, (count, i): Bar => ({
    x1: min + i * step,
    x2: min + (i + 1) * step,
    count,
  }));
  const marks = QUANTILES.map(([name, column]) => ({ name, value: store.columns[column][row]! })).filter(
    ({ value }) => !Number.isNaN(value),
  );
  let logarithmic = true;
  const label = `Histogram of ${store.nameOf(row)}: ${counts.length} bins from ${figure(min)} to ${figure(max)}; quantiles ${marks.map(({ name, value }) => `${name} ${figure(value)}`).join(', ')}`;
  const { element, redraw } = chart(label, HEIGHT, (width) =>
    min === max ? single(min, counts) : options(bars, marks, { min, max, width, logarithmic }),
  );
  const box = h('input', {
    type: 'checkbox',
    checked: true,
    change: () => {
      logarithmic = box.checked;
      redraw();
    },
  });
  return h(
    'figure',
    { class: 'histogram' },
    h(
      'figcaption',
      {},
      h('span', {}, 'Tokens by activation'),
      h('label', { class: 'switch' }, box, ' log counts'),
    ),
    element,
    binTable(bars),
  );
}

function absence({ facts: { has, command } }: Store): string {
  return has.histograms
    ? 'No histogram: not one finite value.'
    : `No histogram: ${command} does not write them (profile and stats do).`;
}

interface Scale {
  min: number;
  max: number;
  width: number;
  logarithmic: boolean;
}

function options(
  bars: readonly Bar[],
  marks: readonly { name: string; value: number }[],
  { min, max, width, logarithmic }: Scale,
): Plot.PlotOptions {
  const filled = bars.filter(({ count }) => count > 0);
  const most = Math.max(...filled.map(({ count }) => count));
  const floor = logarithmic ? 0.6 : 0;
  const named = withoutOverlap(marks, (max - min) / Math.max(1, width - 88));
  return {
    marginLeft: 64,
    marginRight: 24,
    marginTop: 14,
    marginBottom: 52,
    x: { domain: [min, max], label: 'activation →', ticks: Math.max(3, Math.floor(width / 110)) },
    y: {
      type: logarithmic ? 'log' : 'linear',
      domain: [floor, Math.max(most, 1) * (logarithmic ? 1.15 : 1.05)],
      label: '↑ tokens',
      ticks: logarithmic ? powersOfTen(most) : 5,
      tickFormat: (count: number) => (count >= 1e8 ? count.toExponential(0) : grouped(count)),
      grid: true,
    },
    marks: [
      Plot.rectY(filled, {
        ...{ x1: 'x1', x2: 'x2', y1: floor, y2: 'count' },
        fill: 'var(--bar)',
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      ...(min < 0 && max > 0
        ? [Plot.ruleX([0], { stroke: 'var(--line-strong)', strokeDasharray: '2,3' })]
        : []),
      Plot.ruleY([floor], { stroke: 'var(--line-strong)' }),
      Plot.tickX(marks, {
        x: 'value',
        stroke: 'var(--accent)',
        strokeWidth: 1.5,
        insetTop: HEIGHT - 14 - 52 - 10,
      }),
      Plot.text(named, {
        ...{ x: 'value', text: 'name', frameAnchor: 'bottom', dy: 42 },
        fill: 'var(--accent)',
        fontSize: 10.5,
      }),
      Plot.tip(
        filled,
        Plot.pointerX({
          x: (bar: Bar) => (bar.x1 + bar.x2) / 2,
          y: 'count',
          title: ({ x1, x2, count }: Bar) => `${figure(x1)} to ${figure(x2)}\n${countText(count)} tokens`,
          fill: 'var(--raised)',
          stroke: 'var(--line-strong)',
        }),
      ),
    ],
  };
}

function powersOfTen(most: number): number[] {
  return Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => 10 ** power);
}

/** All values are equal: one bar says so. */
function single(value: number, counts: Float64Array): Plot.PlotOptions {
  const count = Math.max(...counts);
  return {
    marginLeft: 56,
    x: { label: 'activation →' },
    y: { label: '↑ tokens', grid: true },
    marks: [Plot.barY([{ value: figure(value), count }], { x: 'value', y: 'count', fill: 'var(--bar)' })],
  };
}

/** Marks whose names have room, the most important kept. @param unit activation of one pixel */
function withoutOverlap<T extends { value: number }>(marks: readonly T[], unit: number): T[] {
  const kept: T[] = [];
  for (const mark of marks) {
    if (kept.every(({ value }) => Math.abs(value - mark.value) > NAME_PIXELS * unit)) kept.push(mark);
  }
  return kept;
}

/** Above 15 a count is known to within 6 %. */
function countText(count: number): string {
  if (count >= countOfCode(LAST_CODE)) return `at least ${grouped(count)}`;
  return count < 16 ? grouped(count) : `≈ ${grouped(count)}`;
}

function binTable(bars: readonly Bar[]): HTMLElement {
  const rows = bars.map(({ x1, x2, count }) =>
    h('tr', {}, h('td', {}, figure(x1)), h('td', {}, figure(x2)), h('td', {}, countText(count))),
  );
  const head = h('tr', {}, ...['from', 'to', 'tokens'].map((title) => h('th', { scope: 'col' }, title)));
  return h(
    'details',
    { class: 'bins' },
    h('summary', {}, 'The 32 bins as a table'),
    h('table', { class: 'plain' }, h('thead', {}, head), h('tbody', {}, ...rows)),
  );
}
