import { formatLayer, formatNeuron } from '../../core/neuron-name.js';
import type { ProfileDiff } from '../../analyse/diff/diff-profiles.js';
import type { LayerMatching } from '../../analyse/diff/neuron-pairs.js';
import { EVENTS, type NeuronDiff } from '../../analyse/diff/neuron-diff.js';
import { meanOf, quantileOf, type Tally } from '../../analyse/diff/tally.js';
import { figure, grouped, percent } from '../numbers.js';
import type { Column } from '../text-table.js';

/** A table before it is text or Markdown. */
export interface PlainTable {
  columns: Column[];
  rows: string[][];
}

export const MATCH_LEGEND =
  'r: Pearson correlation of matched neurons over the positions, mean and smallest. Pairs are those whose r add up to ' +
  'most; all figures of this report are of them, and of no neuron that is unmatched.';

/** How the neurons of each layer were matched. */
export function matchTable(matching: readonly LayerMatching[]): PlainTable {
  const columns = columnsOf(['layer', 'positions', 'matched', 'mean r', 'min r', 'unmatched']);
  columns.at(-1)!.align = 'left';
  const rows = matching.map(({ group, layer, positions, matched, r, unmatched }) => [
    formatLayer(group, layer),
    grouped(positions),
    grouped(matched),
    correlationWords(r.mean),
    correlationWords(r.min),
    unmatchedWords(unmatched),
  ]);
  return { columns, rows };
}

function correlationWords(r: number): string {
  return r === r ? r.toFixed(3).replace('-', '−') : figure(r);
}

/** `before: 2 constant; after: 1 not finite`; of a layer that has none, `none`. */
function unmatchedWords(unmatched: LayerMatching['unmatched']): string {
  const words = ([side, of]: [string, LayerMatching['unmatched']['a']]) => {
    const counts = new Map<string, number>();
    for (const { reason } of of) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const parts = [...counts].map(([reason, count]) => `${grouped(count)} ${reason}`);
    return parts.length === 0 ? [] : [`${side}: ${parts.join(', ')}`];
  };
  const sides = [words(['before', unmatched.a]), words(['after', unmatched.b])].flat();
  return sides.length === 0 ? 'none' : sides.join('; ');
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
  // Two names leave no room for all in 80 columns; what moved up or down is said in words.
  const matched = found.matching !== null;
  const overlap = hasOverlap(found);
  const rows = found.moved.map((diff) => [
    matched ? `${formatNeuron(diff)} → N${diff.partner!.neuron}` : formatNeuron(diff),
    ...(matched ? [correlationWords(diff.partner!.r)] : []),
    figure(diff.js),
    figure(diff.w1_sigma),
    ...(matched ? [] : [figure(diff.shift)]),
    `${percent(diff.a.activeRate)} → ${percent(diff.b.activeRate)}`,
    ...(overlap && !matched ? [figure(diff.rbo)] : []),
    how(diff),
  ]);
  const columns = columnsOf([
    ...['neuron', ...(matched ? ['r'] : []), 'JS', 'W1', ...(matched ? [] : ['shift']), 'active'],
    ...(overlap && !matched ? ['RBO'] : []),
    'how',
  ]);
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
