import { EXPONENT_BIAS, type SketchRange } from '../accumulate/bin-of.js';
import { conceptBinCount } from '../accumulate/concept-bins.js';
import { noneOf } from '../accumulate/logged-bins.js';
import { STRIP, type SpanLoops, type Strip } from '../accumulate/span-loops.js';

/** What assembly/kernel.ts exports of assembly/spans.ts, where its parameters are explained. */
export interface SpanExports {
  spanLayout(packed: number, tokens: number, lowest: number, half: number, none: number): void;
  packSpans(from: number, neurons: number, count: number, token: number, tiles: number): void;
  sumSpans(tokens: number, count: number, tiles: number, into: number): void;
  differSpans(
    all: number,
    inside: number,
    ofInside: number,
    ofOutside: number,
    tiles: number,
    into: number,
  ): void;
  tallySpans(differences: number, sums: number, squares: number, tiles: number, bins: number): void;
  binSpans(values: number, tiles: number, bins: number): void;
}

/** Neurons of a tile in the kernel's memory. */
const TILE = 16;
/** Labels and halves of a batch that there is room for: a thousand labels, in memory that is not touched before. */
const PLACES = 2048;
/** Steps of an octave: two bits of the mantissa (concept-bins.ts). */
const STEPS = 4;

/** Bytes that the loops take of a memory. @param rows of the largest batch */
export function spanLoopBytes(rows: number): number {
  return (rows + 1) * STRIP * 4 + rows * 4 + (3 + 2 * PLACES) * STRIP * 8 + STRIP * 2 + 6 * 64;
}

/**
 * The loops in SIMD, over activations that lie in this memory.
 * @param take gives room of so many bytes
 */
export function simdSpanLoops(
  exports: SpanExports,
  { buffer }: WebAssembly.Memory,
  { rows, range }: { rows: number; range: SketchRange },
  take: (bytes: number) => number,
): SpanLoops {
  const strip = () => new Float64Array(buffer, take(STRIP * 8), STRIP);
  const [all, inside, differences] = [strip(), strip(), strip()];
  const tallies = new Float64Array(buffer, take(PLACES * 2 * STRIP * 8), PLACES * 2 * STRIP);
  const listed = new Int32Array(buffer, take(rows * 4), rows);
  const bins = take(STRIP * 2);
  const half = (conceptBinCount(range) - 1) / 2;
  exports.spanLayout(
    take((rows + 1) * STRIP * 4),
    rows,
    (EXPONENT_BIAS + range.low) * STEPS,
    half,
    noneOf(range),
  );
  const tiles = ({ width }: Strip) => Math.ceil(width / TILE);
  return {
    places: PLACES,
    all,
    inside,
    differences,
    tallies,
    binWords: new Uint32Array(buffer, bins, STRIP / 2),
    load({ activations, neurons }, { stretches }, strip) {
      let token = 0;
      for (const [first, end] of stretches) {
        const from = activations.byteOffset + (first * neurons + strip.from) * 4;
        exports.packSpans(from, neurons, end - first, token, tiles(strip));
        token += end - first;
      }
    },
    sum(tokens, into, strip) {
      for (let t = 0; t < tokens.length; t++) listed[t] = tokens[t]! * TILE;
      exports.sumSpans(listed.byteOffset, tokens.length, tiles(strip), into.byteOffset);
    },
    differ(ofInside, ofOutside, strip) {
      const [from, to] = [all.byteOffset, differences.byteOffset];
      exports.differSpans(from, inside.byteOffset, ofInside, ofOutside, tiles(strip), to);
    },
    tally(place, strip) {
      const sums = tallies.byteOffset + place * 2 * STRIP * 8;
      exports.tallySpans(differences.byteOffset, sums, sums + STRIP * 8, tiles(strip), bins);
    },
    bin({ activations, neurons }, row, strip) {
      exports.binSpans(activations.byteOffset + (row * neurons + strip.from) * 4, tiles(strip), bins);
    },
  };
}
