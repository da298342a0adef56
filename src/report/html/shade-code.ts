/**
 * Activations of a context in one signed byte, of a scale that is the largest
 * magnitude among the contexts of that neuron: round(126 · activation / scale),
 * so within scale/252. ±127 is ±Infinity, −128 is NaN.
 */

const STEPS = 126;
const INFINITE = 127;
const NOT_A_NUMBER = -128;

/** The largest finite magnitude; 0 where there is none. */
export function scaleOf(activations: Float32Array, start: number, end: number): number {
  let scale = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(activations[i]!);
    if (magnitude > scale && magnitude < Infinity) scale = magnitude;
  }
  return scale;
}

export function codeOfShade(activation: number, scale: number): number {
  if (Number.isNaN(activation)) return NOT_A_NUMBER;
  if (!Number.isFinite(activation)) return activation > 0 ? INFINITE : -INFINITE;
  return scale === 0 ? 0 : Math.round((STEPS * activation) / scale);
}

export function shadeOfCode(code: number, scale: number): number {
  if (code === NOT_A_NUMBER) return NaN;
  if (Math.abs(code) === INFINITE) return code > 0 ? Infinity : -Infinity;
  return (code / STEPS) * scale;
}
