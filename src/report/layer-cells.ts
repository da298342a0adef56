import { figure, grouped, percent } from './numbers.js';
import type { LayerRow } from './view.js';

/** What a table of layers says of one, behind its name. */
export function layerCells(layer: LayerRow): string[] {
  return [
    grouped(layer.neurons),
    grouped(layer.dead_count),
    grouped(layer.broken_count),
    percent(layer.mean_active_rate),
    figure(layer.mean_std),
    figure(layer.median_kurtosis),
    figure(layer.max),
    percent(layer.near_zero_share),
    percent(layer.clamped_share),
  ];
}
