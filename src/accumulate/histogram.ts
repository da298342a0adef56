import { binCount, binEdges, type SketchRange } from './bin-of.js';
import type { Sketch } from './sketch.js';
import type { HistogramRows } from './types.js';

/**
 * The bins that hold something, by neuron, then ascending.
 * @param neurons column of each kept neuron in the layer's activation
 */
export function histogramRows(sketch: Sketch, neurons: Int32Array, range: SketchRange): HistogramRows {
  const perNeuron = binCount(range);
  const edges = Array.from({ length: perNeuron }, (_, bin) => binEdges(bin, range));
  let rows = 0;
  for (const count of sketch.bins) if (count !== 0) rows++;
  const table: HistogramRows = {
    neuron: new Int32Array(rows),
    lower: new Float64Array(rows),
    upper: new Float64Array(rows),
    count: new Float64Array(rows),
  };
  let row = 0;
  for (let i = 0; i < sketch.bins.length; i++) {
    if (sketch.bins[i] === 0) continue;
    const [lower, upper] = edges[i % perNeuron]!;
    table.neuron[row] = neurons[Math.floor(i / perNeuron)]!;
    table.lower[row] = lower;
    table.upper[row] = upper;
    table.count[row] = sketch.bins[i]!;
    row++;
  }
  return table;
}
