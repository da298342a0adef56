import type { Batch, WindowExtremes } from './accumulator.js';

/** Room for the extremes of up to `windows` windows of a layer. */
export function windowExtremes(windows: number, neurons: number): WindowExtremes {
  const length = windows * neurons;
  return {
    max: new Float32Array(length),
    argmax: new Int32Array(length),
    min: new Float32Array(length),
    argmin: new Int32Array(length),
  };
}

/**
 * Fills `batch.windows`. −0 and +0 are equal, so the first of them stands; NaN
 * compares false to everything and ±Inf is kept out by the bound.
 */
export function scanWindows(batch: Batch): void {
  const { activations, neurons, length, runs, windows } = batch;
  const { max, argmax, min, argmin } = windows;
  const used = batch.places.length * neurons;
  max.fill(-Infinity, 0, used);
  argmax.fill(-1, 0, used);
  min.fill(Infinity, 0, used);
  argmin.fill(-1, 0, used);
  for (let r = 0; r < runs.length; r += 3) {
    const window = runs[r]!;
    const end = runs[r + 2]!;
    const at = window * neurons;
    for (let position = runs[r + 1]!; position < end; position++) {
      const row = (window * length + position) * neurons;
      for (let j = 0; j < neurons; j++) {
        const x = activations[row + j]!;
        if (x > max[at + j]! && x < Infinity) {
          max[at + j] = x;
          argmax[at + j] = position;
        }
        if (x < min[at + j]! && x > -Infinity) {
          min[at + j] = x;
          argmin[at + j] = position;
        }
      }
    }
  }
}
