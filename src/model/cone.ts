import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { CARRYING, CUTTING, dataInputs, ELEMENTWISE, NONLINEAR } from './operators.js';
import type { Projection } from './projection.js';

/** A projection's output, or one part of it where a Split or Slice cuts it. */
export interface Source {
  projection: Projection;
  /** The tensor: the projection's output, or the part. */
  tensor: string;
  /** Whether a Split or Slice made it. */
  cut: boolean;
}

/** All between a tensor and the projections that it is made from. */
export interface Cone {
  sources: Source[];
  /** Nodes between, without the projections. */
  nodes: Set<NodeInfo>;
  nonlinear: boolean;
}

/** Nodes that an activation function and what surrounds it may have. */
const LARGEST = 80;

/**
 * Walks back from `tensor` through operators that act on each element alone.
 * @returns null where the way leads through anything else (attention, a norm, an embedding, an input)
 */
export function walkBack(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  tensor: string,
): Cone | null {
  const cone: Cone = { sources: [], nodes: new Set(), nonlinear: false };
  const seen = new Set<string>();
  const pending = [tensor];
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (seen.has(name) || view.constant(name) !== null) continue;
    seen.add(name);
    const node = view.producer(name);
    if (node === undefined || cone.nodes.size > LARGEST) return null;
    const projection = projections.get(node);
    if (projection !== undefined) {
      cone.sources.push({ projection, tensor: name, cut: false });
      if (projection.fusedActivation !== null) cone.nonlinear = true;
      continue;
    }
    if (CUTTING.has(node.opType)) {
      const cut = cutSource(view, projections, node, name);
      if (cut === null) return null;
      cone.sources.push(cut);
      continue;
    }
    if (isQuantisationScale(view, node, name)) continue;
    if (!ELEMENTWISE.has(node.opType) && !CARRYING.has(node.opType)) return null;
    if (node.opType === 'Transpose' && !keepsLastAxis(node)) return null;
    if (NONLINEAR.has(node.opType)) cone.nonlinear = true;
    cone.nodes.add(node);
    pending.push(...dataInputs(node));
  }
  return cone;
}

/** A part of a projection's output, through a bias, a cast or a scale before the cut. */
function cutSource(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  cut: NodeInfo,
  tensor: string,
): Source | null {
  const inner = walkBack(view, projections, cut.inputs[0]!);
  if (inner === null || inner.nonlinear || inner.sources.length !== 1 || inner.sources[0]!.cut) return null;
  return { projection: inner.sources[0]!.projection, tensor, cut: true };
}

/** Scales and zero points that DynamicQuantizeLinear computes are scalars, not activations. */
function isQuantisationScale(view: GraphView, node: NodeInfo, tensor: string): boolean {
  if (node.opType === 'DynamicQuantizeLinear') return tensor !== node.outputs[0];
  if (node.opType !== 'Mul') return false;
  return node.inputs.every((input) => {
    if (view.constant(input) !== null) return true;
    const maker = view.producer(input);
    return maker?.opType === 'DynamicQuantizeLinear' && input !== maker.outputs[0];
  });
}

function keepsLastAxis(node: NodeInfo): boolean {
  const order = node.attributes.get('perm')?.ints;
  return order != null && order.at(-1) === order.length - 1;
}

/** The float tensor that a projection reads, before casts, reshapes and quantisation: what two projections share. */
export function floatOrigin(view: GraphView, tensor: string): string {
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined || !CARRYING.has(node.opType) || node.opType === 'Transpose') return name;
    name = node.inputs[0]!;
  }
}
