import { formatLayer } from '../core/neuron-name.js';
import { layerCells } from './layer-cells.js';
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
  const rows = Array.from(layers, (layer) => [formatLayer(layer.group, layer.layer), ...layerCells(layer)]);
  return [...textTable(columns, rows).map((line) => `  ${line}`), ...wrap(LEGEND, width, '  ')];
}
