import type { SketchRange } from './bin-of.js';
import { conceptBinCount } from './concept-bins.js';

/** Bins (concept-bins.ts) that wait to be counted, in 8 bits where they fit, else 16. All bits set: no bin. */
export type LoggedBins = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Bytes that one takes. */
export function loggedBytes(range: SketchRange): 1 | 2 {
  return conceptBinCount(range) <= 0xff ? 1 : 2;
}

/** In place of the bin of what is not finite. */
export function noneOf(range: SketchRange): number {
  return loggedBytes(range) === 1 ? 0xff : 0xffff;
}

export function loggedBins(range: SketchRange, length: number): LoggedBins {
  return loggedBytes(range) === 1 ? new Uint8Array(length) : new Uint16Array(length);
}
