import { compiled, erfc } from 'cephes';

await compiled;

/** Beyond it the tail is less than 1e-307, and `erfc` throws where its result would be no normal float64. */
const FARTHEST = 37.5;

/** 2 · P(Z > z) of a standard normal Z, no more than 1; good to 1e-12 relative, 0 where it is below 1e-307. */
export function twoSidedTail(z: number): number {
  return z > FARTHEST ? 0 : Math.min(1, erfc(z * Math.SQRT1_2));
}
