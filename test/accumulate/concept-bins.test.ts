import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binOf, binEdges, halfBins } from '../../src/accumulate/bin-of.js';
import { conceptBinCount, conceptBinEdges, conceptBinOfBits } from '../../src/accumulate/concept-bins.js';
import { activation } from './batches.js';

const RANGES = [
  { low: -11, high: 7 },
  { low: -1, high: 1 },
  { low: -126, high: 127 },
];

describe.each(RANGES)('bins of documents’ values in the range $low … $high', (range) => {
  const bitsOf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const finite = activation.filter(Number.isFinite).map(Math.fround);

  test('are the sketch’s, four by four', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const [fine, half] = [binOf(value, range), halfBins(range)];
        const coarse = Math.sign(fine - half) * Math.ceil(Math.abs(fine - half) / 4) + half / 4;
        expect(conceptBinOfBits(bitsOf(value), range)).toBe(coarse);
      }),
      { numRuns: 2000 },
    );
  });

  test('hold what lies between their edges, the one nearer zero included', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const bin = conceptBinOfBits(bitsOf(value), range);
        const [lower, upper] = conceptBinEdges(bin, range);
        const far = Math.abs(value) >= 2 ** range.high;
        if (far) expect(bin).toBe(value > 0 ? conceptBinCount(range) - 1 : 0);
        else if (lower >= 0) expect(value >= lower && value < upper).toBe(true);
        else if (upper <= 0) expect(value > lower && value <= upper).toBe(true);
        else expect(Math.abs(value)).toBeLessThan(2 ** range.low);
      }),
      { numRuns: 2000 },
    );
  });

  test('follow one another without a gap, from end to end', () => {
    const edges = Array.from({ length: conceptBinCount(range) }, (_, bin) => conceptBinEdges(bin, range));
    expect(edges[0]![0]).toBe(-(2 ** range.high));
    expect(edges.at(-1)![1]).toBe(2 ** range.high);
    expect(edges.slice(1).map(([lower]) => lower)).toEqual(edges.slice(0, -1).map(([, upper]) => upper));
    expect(edges[conceptBinCount(range) >> 1]).toEqual(binEdges(halfBins(range), range));
  });
});
