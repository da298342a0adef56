/**
 * The log-linear sketch: for each sign, octaves from 2^low to 2^high, each cut
 * into 16 equal steps, and one bin for what is nearer zero than 2^low. Bins
 * ascend with the value: the negative half mirrored, the zero bin, the positive half.
 */
export interface SketchRange {
  /** Power of two of the lowest octave's lower edge, −126 … 126. */
  low: number;
  /** Power of two of the highest octave's upper edge, above `low`, at most 127. */
  high: number;
}

export const STEPS = 16;

/** Of the exponent of float32: IEEE 754 binary32. */
export const EXPONENT_BIAS = 127;

/** Bins of one sign. */
export function halfBins({ low, high }: SketchRange): number {
  return (high - low) * STEPS;
}

/** All bins of a neuron: 577 for the default range −11 … 7. */
export function binCount(range: SketchRange): number {
  return 2 * halfBins(range) + 1;
}

/** Bin of a finite value, by definition; values at and beyond ±2^high fall in the outermost bins. */
export function binOf(value: number, range: SketchRange): number {
  const half = halfBins(range);
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** range.low) return half;
  let octave = Math.floor(Math.log2(magnitude));
  if (2 ** octave > magnitude) octave--; // log2 of a value just below a power of two rounds up to it
  const step = Math.floor((magnitude / 2 ** octave - 1) * STEPS);
  const bin = Math.min((octave - range.low) * STEPS + step, half - 1);
  return value > 0 ? half + 1 + bin : half - 1 - bin;
}

/** Edges of a bin as [lower, upper], in activation units; the edge nearer zero belongs to the bin. */
export function binEdges(bin: number, range: SketchRange): [lower: number, upper: number] {
  const half = halfBins(range);
  if (bin === half) return [-(2 ** range.low), 2 ** range.low];
  const step = bin > half ? bin - half - 1 : half - 1 - bin;
  const near = edge(step, range);
  const far = edge(step + 1, range);
  return bin > half ? [near, far] : [-far, -near];
}

/** Lower edge of a positive half's step. */
function edge(step: number, { low }: SketchRange): number {
  return 2 ** (low + Math.floor(step / STEPS)) * (1 + (step % STEPS) / STEPS);
}
