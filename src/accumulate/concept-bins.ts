import { binEdges, EXPONENT_BIAS, STEPS, type SketchRange } from './bin-of.js';

/*
 * The bins of documents' values: the sketch's with two bits less of mantissa, so four of its bins are one. For each
 * sign an octave has 4 equal steps; what is nearer zero than 2^low is one bin; the ends hold all that is beyond.
 */

/** Bins of one octave. */
const CONCEPT_STEPS = 4;
/** Bins of the sketch that are one. */
const JOINED = STEPS / CONCEPT_STEPS;
/** Bits of the mantissa that say nothing of the bin: 23 less the 2 that are the step. */
const DROPPED = 21;

/** Bins of one sign. */
function conceptHalf({ low, high }: SketchRange): number {
  return (high - low) * CONCEPT_STEPS;
}

/** All bins of a neuron: 145 for the default range −11 … 7. */
export function conceptBinCount(range: SketchRange): number {
  return 2 * conceptHalf(range) + 1;
}

/** Bin of a finite float32 value, given as its bits: exponent and two bits of the mantissa are octave and step. */
export function conceptBinOfBits(word: number, range: SketchRange): number {
  const half = conceptHalf(range);
  const step = ((word & 0x7fffffff) >>> DROPPED) - (EXPONENT_BIAS + range.low) * CONCEPT_STEPS;
  if (step < 0) return half;
  const bin = step < half ? step : half - 1;
  return word >>> 31 === 0 ? half + 1 + bin : half - 1 - bin;
}

/** Edges of a bin as [lower, upper], in activation units; the edge nearer zero belongs to the bin. */
export function conceptBinEdges(bin: number, range: SketchRange): [lower: number, upper: number] {
  const half = conceptHalf(range);
  const middle = half * JOINED;
  if (bin === half) return binEdges(middle, range);
  // First and last of the sketch's bins that are joined.
  const first = bin > half ? middle + 1 + (bin - half - 1) * JOINED : bin * JOINED;
  return [binEdges(first, range)[0], binEdges(first + JOINED - 1, range)[1]];
}

/** The edges of all bins, ascending. */
export function allConceptBinEdges(range: SketchRange): [lower: number, upper: number][] {
  return Array.from({ length: conceptBinCount(range) }, (_, bin) => conceptBinEdges(bin, range));
}
