/*
 * A neuron's bar: who holds k examples can tell anybody that what is worse than
 * the worst of them will not be among the k best of all. Workers share the bars,
 * in memory that all of them see, and each spares itself what another's heap has
 * ruled out already. A bar only ever saves work: what stands in it at any time was
 * the worst of k kept examples, so that a late, lost or overtaken write changes no
 * result. (Aligned 32-bit stores are whole on every processor that Node runs on.)
 */

/** Bars that rule nothing out, which threads can share. */
export function emptyBar(neurons: number, side: 'top' | 'bottom'): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * neurons)).fill(side === 'top' ? -Infinity : Infinity);
}

/** Moves a neuron's bar to the worst value of k examples, never back. */
export function moveBar(bar: Float32Array, neuron: number, worst: number, side: 'top' | 'bottom'): void {
  if (side === 'top' ? worst > bar[neuron]! : worst < bar[neuron]!) bar[neuron] = worst;
}
