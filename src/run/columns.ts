import type { Exposure } from '../model/types.js';

/** Columns of each output's activation that are kept. */
export function columnsOf({
  exposure,
  columns,
}: {
  exposure: Pick<Exposure, 'outputs'>;
  /** null: all of an output. */
  columns: readonly (Int32Array | null)[];
}): Int32Array[] {
  return exposure.outputs.map(
    ({ site }, i) => columns[i] ?? Int32Array.from({ length: site.dMlp }, (_, neuron) => neuron),
  );
}
