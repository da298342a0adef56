/*
 * A neuron's bar: what is worse than the worst of k examples that are held will not be among the k best of all. It
 * only saves work. Each state has bars of its own: were one raised by another worker's examples, a checkpoint could
 * lack what these ruled out, and they be computed again from something else.
 */

/** Bars that rule nothing out. */
export function emptyBar(neurons: number, side: 'top' | 'bottom'): Float32Array {
  return new Float32Array(neurons).fill(side === 'top' ? -Infinity : Infinity);
}

/** Moves a neuron's bar to the worst value of k examples, never back. */
export function moveBar(bar: Float32Array, neuron: number, worst: number, side: 'top' | 'bottom'): void {
  if (side === 'top' ? worst > bar[neuron]! : worst < bar[neuron]!) bar[neuron] = worst;
}
