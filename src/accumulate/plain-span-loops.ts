import type { SketchRange } from './bin-of.js';
import { conceptBinOfBits } from './concept-bins.js';
import { loggedBins, noneOf } from './logged-bins.js';
import { MOST, STRIP, type SpanLoops } from './span-loops.js';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Value by value: what a faster way must equal bit for bit. */
export function plainSpanLoops(range: SketchRange, places: number): SpanLoops {
  const [all, inside, differences] = [0, 0, 0].map(() => new Float64Array(STRIP)) as Three;
  const tallies = new Float64Array(places * 2 * STRIP);
  const bins = loggedBins(range, STRIP);
  const none = noneOf(range);
  const binOf = (value: number): number => {
    float[0] = value;
    return Number.isFinite(float[0]) ? conceptBinOfBits(word[0]!, range) : none;
  };
  /** Values of the window that is loaded: token t's begin at t · STRIP. */
  let loaded = new Float32Array(0);
  return {
    places,
    all,
    inside,
    differences,
    tallies,
    binWords: new Uint32Array(bins.buffer),
    load({ activations, neurons }, { rows }, { from, width }) {
      if (loaded.length < rows.length * STRIP) loaded = new Float32Array(rows.length * STRIP);
      for (const [token, row] of rows.entries()) {
        const at = row * neurons + from;
        for (let j = 0; j < width; j++) loaded[token * STRIP + j] = activations[at + j]!;
      }
    },
    sum(tokens, into, { width }) {
      into.fill(0, 0, width);
      for (let t = 0; t < tokens.length; t++) {
        const at = tokens[t]! * STRIP;
        for (let j = 0; j < width; j++) into[j]! += loaded[at + j]!;
      }
    },
    differ(tokensInside, tokensOutside, { width }) {
      for (let j = 0; j < width; j++)
        differences[j] = inside[j]! / tokensInside - (all[j]! - inside[j]!) / tokensOutside;
    },
    tally(place, { width }) {
      const at = place * 2 * STRIP;
      for (let j = 0; j < width; j++) {
        const d = differences[j]!;
        bins[j] = binOf(Math.max(-MOST, Math.min(MOST, d)));
        if (Number.isNaN(d)) continue;
        tallies[at + j]! += d;
        tallies[at + STRIP + j]! += d * d;
      }
    },
    bin({ activations, neurons }, row, { from, width }) {
      for (let j = 0; j < width; j++) bins[j] = binOf(activations[row * neurons + from + j]!);
    },
  };
}

type Three = [Float64Array, Float64Array, Float64Array];
