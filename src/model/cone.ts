import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { CARRYING, CUTTING, dataInputs, ELEMENTWISE, NONLINEAR, NORM_PARTS, NORMS } from './operators.js';
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
  /** Whether a Clip is all that is nonlinear in it: an activation function (ReLU6), or a guard against overflow. */
  onlyClips: boolean;
}

/** Nodes that an activation function, a norm and what surrounds them may have. */
const LARGEST = 80;

/**
 * Walks back from `tensor` through operators that act on each position alone:
 * on single elements, or normalising over the last axis (BitNet and its like
 * have a norm within the FFN).
 * @param within whether a Split or Slice may stand on the way
 * @returns null where the way leads through anything else (attention, an embedding, an input)
 */
export function walkBack(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  tensor: string,
  within: 'anything' | 'no cut' = 'anything',
): Cone | null {
  const cone: Cone = { sources: [], nodes: new Set(), nonlinear: false, onlyClips: true };
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
      if (projection.fusedActivation !== null) {
        cone.nonlinear = true;
        cone.onlyClips = false;
      }
      continue;
    }
    if (CUTTING.has(node.opType)) {
      if (within === 'no cut') return null;
      const cut = cutSources(view, projections, node, name);
      if (cut === null) return null;
      cone.sources.push(...cut);
      continue;
    }
    if (isQuantisationScale(view, node, name)) continue;
    const passes = [ELEMENTWISE, CARRYING, NORMS, NORM_PARTS].some((set) => set.has(node.opType));
    if (!passes || (node.opType === 'Transpose' && !keepsLastAxis(node))) return null;
    if (NONLINEAR.has(node.opType)) {
      cone.nonlinear = true;
      if (node.opType !== 'Clip') cone.onlyClips = false;
    }
    cone.nodes.add(node);
    pending.push(...dataInputs(node));
  }
  return cone;
}

/** A part of a projection's output (and of the low-rank pair's beside it), through a bias, a cast or a scale before the cut. */
function cutSources(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  cut: NodeInfo,
  tensor: string,
): Source[] | null {
  const inner = walkBack(view, projections, cut.inputs[0]!, 'no cut');
  if (inner === null || inner.nonlinear || inner.sources.length === 0) return null;
  return inner.sources.map(({ projection }) => ({ projection, tensor, cut: true }));
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
  const seen = new Set<string>();
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined || !CARRYING.has(node.opType) || node.opType === 'Transpose' || seen.has(name))
      return name;
    seen.add(name);
    name = node.inputs[0]!;
  }
}

/** Steps back to what two projections read in common: a norm and a quantiser written out. */
const NEAR = 48;

/**
 * Whether two tensors are made of one: the same before casts and reshapes, or
 * each by a norm or a quantiser of its own (BitNet) from the same.
 */
export function haveOneOrigin(view: GraphView, a: string, b: string): boolean {
  if (floatOrigin(view, a) === floatOrigin(view, b)) return true;
  const before = nearBefore(view, a);
  for (const name of nearBefore(view, b)) if (before.has(name)) return true;
  return false;
}

/** Tensors that a tensor is made from, position by position, nearest first. */
function nearBefore(view: GraphView, tensor: string): Set<string> {
  const found = new Set([tensor]);
  for (const name of found) {
    const node = view.producer(name);
    if (node === undefined || found.size > NEAR) continue;
    if (![ELEMENTWISE, CARRYING, NORMS, NORM_PARTS].some((set) => set.has(node.opType))) continue;
    // A sum of two activations is a stream of its own; what went into it is another.
    const inputs = dataInputs(node).filter((input) => view.constant(input) === null);
    if (node.opType === 'Add' && inputs.length > 1) continue;
    inputs.forEach((input) => found.add(input));
  }
  return found;
}
