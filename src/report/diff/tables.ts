import { formatLayer, formatNeuron } from '../../core/neuron-name.js';
import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import { EVENTS, type NeuronDiff } from '../../analyse/diff/neuron-diff.js';
import { meanOf, quantileOf, type Tally } from '../../analyse/diff/tally.js';
import { figure, grouped, percent } from '../numbers.js';
import type { Column } from '../text-table.js';

/** A table before it is text or Markdown. */
export interface PlainTable {
  columns: Column[];
  rows: string[][];
}

/** What the columns of the table of layers are. */
export function layerLegend(diff: ProfileDiff): string {
  return (
    'JS: Jensen–Shannon divergence in bits, median and 99th percentile over neurons; W1: Wasserstein-1 distance in σ ' +
    `before; shift: of the mean, in pooled σ${hasOverlap(diff) ? '; RBO: mean rank-biased overlap of the top examples' : ''}.`
  );
}

/** Whether examples were compared of any neuron. */
function hasOverlap({ all }: ProfileDiff): boolean {
  return all.measures.rbo.length > 0;
}

/** What became of each layer, and of all. */
export function layerTable(diff: ProfileDiff): PlainTable {
  const { layers, all } = diff;
  const overlap = hasOverlap(diff);
  const broken = all.a.broken + all.b.broken > 0;
  const titles = ['layer', 'dead', ...(broken ? ['broken'] : []), 'died', 'revived'];
  const measures = ['JS', 'JS p99', 'W1 p99', 'shift p99', ...(overlap ? ['RBO'] : [])];
  const row = (name: string, tally: Tally) => [
    name,
    change(tally.a.dead, tally.b.dead),
    ...(broken ? [change(tally.a.broken, tally.b.broken)] : []),
    grouped(tally.events.died),
    grouped(tally.events.revived),
    figure(quantileOf(tally.measures.js, 0.5)),
    figure(quantileOf(tally.measures.js, 0.99)),
    figure(quantileOf(tally.measures.w1_sigma, 0.99)),
    figure(quantileOf(tally.measures.shift, 0.99)),
    ...(overlap ? [figure(meanOf(tally.measures.rbo))] : []),
  ];
  const rows = layers.map((layer) => row(formatLayer(layer.group, layer.layer), layer));
  return {
    columns: columnsOf([...titles, ...measures]),
    rows: layers.length === 1 ? rows : [...rows, row('all', all)],
  };
}

export const MOVED_LEGEND =
  'In order of JS, then of W1. W1 in σ before, shift in pooled σ, active: share of active tokens. How: up or down, ' +
  'where the mean moved by 0.1 σ or more; wider or narrower, where σ became 1.25 times as large or small; else in shape.';

/** The neurons that moved most, and how. */
export function movedTable(found: ProfileDiff): PlainTable {
  const overlap = hasOverlap(found);
  const rows = found.moved.map((diff) => [
    formatNeuron(diff),
    figure(diff.js),
    figure(diff.w1_sigma),
    figure(diff.shift),
    `${percent(diff.a.activeRate)} → ${percent(diff.b.activeRate)}`,
    ...(overlap ? [figure(diff.rbo)] : []),
    how(diff),
  ]);
  const columns = columnsOf(['neuron', 'JS', 'W1', 'shift', 'active', ...(overlap ? ['RBO'] : []), 'how']);
  columns.at(-1)!.align = 'left';
  return { columns, rows };
}

const SHIFTED = 0.1;
const SPREAD = 1.25;

function how(diff: NeuronDiff): string {
  const events = EVENTS.filter((event) => diff[event]);
  if (events.length > 0) return events.join(', ');
  const words = [
    ...(diff.shift >= SHIFTED ? ['up'] : diff.shift <= -SHIFTED ? ['down'] : []),
    ...(diff.b.std >= SPREAD * diff.a.std
      ? ['wider']
      : diff.a.std >= SPREAD * diff.b.std
        ? ['narrower']
        : []),
  ];
  return words.length > 0 ? words.join(', ') : 'in shape';
}

function change(before: number, after: number): string {
  return before === after ? grouped(after) : `${grouped(before)} → ${grouped(after)}`;
}

function columnsOf(titles: readonly string[]): Column[] {
  return titles.map((title, i) => ({ title, align: i === 0 ? 'left' : 'right' }));
}
