import type { GateFactors } from '../accumulate/accumulator.js';
import type { Exposure } from '../model/types.js';
import { gather } from './gather.js';

/** Where a batch's factors of gated products are written, and read from. */
export interface FactorRoom {
  /** Arrays for the session: of each layer act and up, [rows × d_mlp]. None where no gate cases are kept. */
  outputs(rows: number): Float32Array[];
  /** The kept columns of a layer, as the session left them there. */
  of(layer: number, rows: number): GateFactors | undefined;
}

/** @param most rows of the largest batch */
export function factorRoom(
  { factors = [] }: Exposure,
  columns: readonly (Int32Array | null)[],
  most: number,
): FactorRoom {
  const wide = factors.map(({ site }) => new Float32Array(most * site.dMlp));
  const packed = factors.map((_, f) => {
    const kept = columns[f >> 1] ?? null;
    return kept === null ? null : new Float32Array(most * kept.length);
  });
  const outputs = (rows: number) => wide.map((array, f) => array.subarray(0, rows * factors[f]!.site.dMlp));
  const column = (f: number, rows: number): Float32Array => {
    const { dMlp } = factors[f]!.site;
    const all = wide[f]!.subarray(0, rows * dMlp);
    const kept = columns[f >> 1] ?? null;
    if (kept === null) return all;
    const into = packed[f]!.subarray(0, rows * kept.length);
    gather(all, dMlp, kept, into);
    return into;
  };
  return {
    outputs,
    of(layer, rows) {
      if (factors.length === 0) return undefined;
      return { act: column(2 * layer, rows), up: column(2 * layer + 1, rows) };
    },
  };
}
