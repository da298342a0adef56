/** Why a neuron has no correlation with any other. */
export type Unfit = 'constant' | 'not finite';

/** The neurons of a layer whose correlations are defined, and why those of the others are not. */
export interface Standardised {
  /** Values of a neuron. */
  positions: number;
  /** Rows of the layer that are fit, ascending. */
  rows: Int32Array;
  /** Of each of them its values less their mean, of Euclidean length 1: [rows × positions]. */
  units: Float64Array;
  /** By row of the layer; null where it is fit. */
  unfit: (Unfit | null)[];
}

/**
 * Centres each neuron's values and scales them to length 1: Pearson's r of two neurons is then their scalar product.
 * @param values [neurons × positions], row-major
 */
export function standardise(values: Float32Array, neurons: number, positions: number): Standardised {
  const unfit = Array.from({ length: neurons }, (_, row) =>
    unfitness(values.subarray(row * positions, (row + 1) * positions)),
  );
  const rows = Int32Array.from(unfit.flatMap((reason, row) => (reason === null ? [row] : [])));
  const units = new Float64Array(rows.length * positions);
  rows.forEach((row, i) => {
    const unit = units.subarray(i * positions, (i + 1) * positions);
    unit.set(values.subarray(row * positions, (row + 1) * positions));
    scale(unit);
  });
  return { positions, rows, units, unfit };
}

function unfitness(values: Float32Array): Unfit | null {
  let isConstant = true;
  for (const value of values) {
    if (value - value !== 0) return 'not finite';
    if (value !== values[0]) isConstant = false;
  }
  return isConstant ? 'constant' : null;
}

function scale(unit: Float64Array): void {
  const mean = unit.reduce((sum, value) => sum + value, 0) / unit.length;
  let squares = 0;
  for (let p = 0; p < unit.length; p++) {
    unit[p]! -= mean;
    squares += unit[p]! * unit[p]!;
  }
  const length = Math.sqrt(squares);
  for (let p = 0; p < unit.length; p++) unit[p]! /= length;
}
