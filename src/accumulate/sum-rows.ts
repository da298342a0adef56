/**
 * Sums rows of activations in float64: those that begin at rows[first] … rows[end − 1]; entry j is ((x₀ + x₁) + x₂) … of
 * neuron j, in that order. There may be more entries than neurons, and the next call overwrites them.
 */
export type SumRows = (
  activations: Float32Array,
  rows: Int32Array,
  first: number,
  end: number,
  neurons: number,
) => Float64Array;

/** Row by row: what a faster way must equal bit for bit. */
export function plainSumRows(): SumRows {
  let sums = new Float64Array(0);
  return (activations, rows, first, end, neurons) => {
    if (sums.length < neurons) sums = new Float64Array(neurons);
    sums.fill(0);
    for (let r = first; r < end; r++) {
      const row = rows[r]!;
      for (let j = 0; j < neurons; j++) sums[j]! += activations[row + j]!;
    }
    return sums;
  };
}
