import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { CARRYING, ELEMENTWISE, NONLINEAR, NORM_PARTS, NORMS, SKIP_NORMS } from './operators.js';
import type { Projection } from './projection.js';

/** Nodes between a down projection and its residual addition: a bias, a cast, a norm written out. */
const FARTHEST = 40;

/**
 * Whether a down projection's result is added to a stream that does not hang on
 * it, at once or behind a norm, a scale or a gate. Heads, poolers and classifiers
 * are not; what becomes a gate itself (squeeze and excite) is not.
 */
export function writesToResidual(view: GraphView, down: Projection): boolean {
  const { node, addend } = down;
  if (addend !== null && isStream(view, node.inputs[addend] ?? '')) return true;
  for (const reached of reachedFrom(view, down)) {
    if (SKIP_NORMS.has(reached.opType)) return true;
    const streams = addsActivations(reached) ? reached.inputs.filter((input) => isStream(view, input)) : [];
    if (streams.length >= 2 && streams.some((input) => !hangsOn(view, input, node))) return true;
  }
  return false;
}

/**
 * Nodes that a projection's result comes to, through what acts on each position alone.
 * @param endsAt nodes behind which nothing is looked at
 */
export function* reachedFrom(
  view: GraphView,
  { output }: Projection,
  endsAt: (node: NodeInfo) => boolean = () => false,
): Generator<NodeInfo> {
  const visited = new Set<NodeInfo>();
  const pending = [output];
  while (pending.length > 0 && visited.size < FARTHEST) {
    for (const node of view.consumers(pending.shift()!)) {
      if (visited.has(node)) continue;
      visited.add(node);
      yield node;
      if (endsAt(node) || (NONLINEAR.has(node.opType) && !isGuard(view, node))) continue;
      if (![CARRYING, ELEMENTWISE, NORMS, NORM_PARTS].some((set) => set.has(node.opType))) continue;
      pending.push(...node.outputs.filter((name) => name !== ''));
    }
  }
}

/** A Clip against overflow, whose limits no activation function has. */
function isGuard(view: GraphView, { opType, inputs, attributes }: NodeInfo): boolean {
  const limit = view.numbers(inputs[2] ?? '')?.[0] ?? attributes.get('max')?.f ?? Infinity;
  return opType === 'Clip' && limit >= 1000;
}

/** Whether a node adds two streams: behind it a result is no longer alone. */
export function joinsStreams(view: GraphView, node: NodeInfo): boolean {
  return addsActivations(node) && node.inputs.filter((input) => isStream(view, input)).length >= 2;
}

function addsActivations({ opType }: NodeInfo): boolean {
  return opType === 'Add' || opType === 'Sum' || opType === 'QLinearAdd';
}

/** Whether a node is behind a tensor; nodes stand in order of execution, so those before it need no look. */
function hangsOn(view: GraphView, tensor: string, node: NodeInfo): boolean {
  const seen = new Set<string>([tensor]);
  for (const name of seen) {
    const maker = view.producer(name);
    if (maker === undefined || maker.index < node.index) continue;
    if (maker === node) return true;
    maker.inputs.forEach((input) => seen.add(input));
  }
  return false;
}

function isStream(view: GraphView, tensor: string): boolean {
  return tensor !== '' && view.constant(tensor) === null;
}
