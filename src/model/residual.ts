import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { CARRYING, ELEMENTWISE, NORMS, SKIP_NORMS } from './operators.js';

/** Nodes between a down projection and its residual addition: a bias, a cast, a norm written out. */
const FARTHEST = 40;

/** Parts of a norm that is written out. */
const NORM_PARTS = new Set(['ReduceMean', 'ReduceSum', 'ReduceL2']);

/**
 * Whether a down projection's result is added to a stream that it is no part of,
 * at once or behind a norm. Heads, poolers and classifiers are not.
 */
export function writesToResidual(view: GraphView, output: string): boolean {
  const derived = new Set([output]);
  const additions: NodeInfo[] = [];
  const visited = new Set<NodeInfo>();
  const pending = [output];
  while (pending.length > 0 && visited.size < FARTHEST) {
    for (const node of view.consumers(pending.shift()!)) {
      if (visited.has(node)) continue;
      visited.add(node);
      if (SKIP_NORMS.has(node.opType)) return true;
      if (addsTwoActivations(view, node)) {
        additions.push(node);
        continue;
      }
      if (![CARRYING, ELEMENTWISE, NORMS, NORM_PARTS].some((set) => set.has(node.opType))) continue;
      for (const next of node.outputs) {
        if (next === '' || derived.has(next)) continue;
        derived.add(next);
        pending.push(next);
      }
    }
  }
  // Only now is it known what is made from the output itself: x + 0.04·x³ is no residual.
  return additions.some((node) => node.inputs.some((input) => isStream(view, input) && !derived.has(input)));
}

function addsTwoActivations(view: GraphView, node: NodeInfo): boolean {
  if (node.opType !== 'Add' && node.opType !== 'Sum' && node.opType !== 'QLinearAdd') return false;
  return node.inputs.filter((input) => isStream(view, input)).length >= 2;
}

function isStream(view: GraphView, tensor: string): boolean {
  return tensor !== '' && view.constant(tensor) === null;
}
