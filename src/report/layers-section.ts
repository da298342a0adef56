import { formatLayer } from '../core/neuron-name.js';
import { figure, grouped, percent } from './numbers.js';
import { textTable, wrap } from './text-table.js';
import type { LayerRow } from './view.js';

const LEGEND =
  'active: mean share of active tokens; std: mean over neurons; kurtosis: median excess; near 0 and clamped: ' +
  'share of values in the histogram bin around zero, and beyond its outermost bins.';

/** The layers side by side. */
export function layersSection(layers: Iterable<LayerRow>, width: number): string[] {
  const columns = [
    'layer',
    'neurons',
    'dead',
    'broken',
    'active',
    'std',
    'kurtosis',
    'max',
    'near 0',
    'clamped',
  ].map((title, i) => ({ title, align: i === 0 ? ('left' as const) : ('right' as const) }));
  const rows = Array.from(layers, (layer) => [
    formatLayer(layer.group, layer.layer),
    grouped(layer.neurons),
    grouped(layer.dead_count),
    grouped(layer.broken_count),
    percent(layer.mean_active_rate),
    figure(layer.mean_std),
    figure(layer.median_kurtosis),
    figure(layer.max),
    percent(layer.near_zero_share),
    percent(layer.clamped_share),
  ]);
  return [...textTable(columns, rows).map((line) => `  ${line}`), ...wrap(LEGEND, width, '  ')];
}
