import { layerAccumulator } from '../accumulate/layer-state.js';
import { windowExtremes } from '../accumulate/window-extremes.js';
import type { Kernel, KernelRoom } from './kernel.js';

/** The accumulators as they stand, value by value: what a faster kernel must equal bit for bit. */
export function referenceKernel({ settings, neurons, rows }: KernelRoom): Kernel {
  const accumulator = layerAccumulator(settings);
  const memory = neurons.map((width) => new Float32Array(rows * width));
  return {
    activations: (layer, used) => memory[layer]!.subarray(0, used * neurons[layer]!),
    add(layer, into, batch) {
      const { places } = batch;
      const width = neurons[layer]!;
      const activations = memory[layer]!.subarray(0, places.length * batch.length * width);
      const windows = windowExtremes(places.length, width);
      accumulator.add(into, { ...batch, activations, neurons: width, windows });
    },
    flush: () => {},
  };
}
