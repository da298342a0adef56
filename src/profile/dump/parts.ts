/** Neurons of a file at most: a reader has a file in memory, and each has all tokens. */
const MOST_NEURONS = 1024;

/** The neurons of one file of a dump. */
export interface DumpPart {
  /** Number of the layer among those profiled. */
  site: number;
  /** Columns [from, to) of those kept of the layer. */
  from: number;
  to: number;
  /** Neurons that the file is named for. */
  first: number;
  last: number;
}

/**
 * Which files a dump has. Those of a layer follow one another without a gap, the neurons between those asked for
 * included: delphi tells where a file begins by where the one before ends (`LatentDataset._build_selected`).
 * @param neurons kept of each layer, ascending
 */
export function dumpParts(neurons: readonly Int32Array[]): DumpPart[] {
  return neurons.flatMap((kept, site) =>
    Array.from({ length: Math.ceil(kept.length / MOST_NEURONS) }, (_, i) => {
      const from = i * MOST_NEURONS;
      const to = Math.min(from + MOST_NEURONS, kept.length);
      const next = kept[to];
      return { site, from, to, first: kept[from]!, last: next === undefined ? kept[to - 1]! : next - 1 };
    }),
  );
}
