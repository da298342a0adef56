import type { GraphView } from '../onnx/graph-view.js';
import type { Projection } from './projection.js';
import { joinsStreams, reachedFrom } from './residual.js';

/** Steps back from a weight to the choice that it comes from. */
const NEAR = 40;

/**
 * Whether a projection's result is put together with others' by a router: it is
 * scattered to the positions that were chosen, or weighted by a choice (TopK, or
 * a Softmax over all).
 */
export function isRouted(view: GraphView, down: Projection): boolean {
  for (const { opType, inputs } of reachedFrom(view, down, (node) => joinsStreams(view, node))) {
    if (/^Scatter/.test(opType)) return true;
    if (opType === 'Mul' && inputs.some((input) => input !== down.output && isChosen(view, input, down)))
      return true;
  }
  return false;
}

/** Whether a tensor comes from a choice among experts, and not by way of the projection itself. */
function isChosen(view: GraphView, tensor: string, { node }: Projection): boolean {
  const seen = new Set([tensor]);
  for (const name of seen) {
    const maker = view.producer(name);
    if (maker === undefined || maker === node || seen.size > NEAR) continue;
    if (['TopK', 'ArgMax', 'Softmax'].includes(maker.opType)) return true;
    // A router reads the stream; what made the stream is no choice of its.
    if (joinsStreams(view, maker)) continue;
    maker.inputs.forEach((input) => seen.add(input));
  }
  return false;
}
