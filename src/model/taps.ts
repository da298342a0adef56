import { Exit, UserError } from '../core/errors.js';
import { formatLayer } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { ModelInfo, NodeInfo } from '../onnx/types.js';
import { walkBack, type Cone } from './cone.js';
import { CARRYING, dataInputs, NONLINEAR } from './operators.js';
import type { Projection } from './projection.js';
import type { Tap } from './types.js';

/** One FFN as the search found it. */
export interface Ffn {
  down: Projection;
  /** All between the down projection and the projections up. */
  cone: Cone;
  /** The product of activation and gate; null in an FFN without one. */
  product: NodeInfo | null;
  /** What the activation function is in: the gate's branch, or the whole cone. */
  gateCone: Cone;
  /** The branch without the activation function; null where there is no gate. */
  upCone: Cone | null;
  /** The product's factors: act(gate), and the other. */
  factors: { act: string; up: string } | null;
}

/**
 * Finds the product of a gated FFN: the last node that multiplies what comes
 * from some of the projections (or parts of one) with what comes from the others.
 */
export function splitGate(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  cone: Cone,
): Omit<Ffn, 'down' | 'cone'> {
  const products = [...cone.nodes]
    .filter(({ opType }) => opType === 'Mul' || opType === 'QLinearMul')
    .sort((a, b) => b.index - a.index);
  for (const product of products) {
    const branches = dataInputs(product)
      .filter((input) => view.constant(input) === null)
      .map((tensor) => ({ tensor, cone: walkBack(view, projections, tensor) }))
      .filter((branch): branch is Branch => (branch.cone?.sources.length ?? 0) > 0);
    const [one, other] = branches;
    if (branches.length !== 2 || !areApart(one!.cone, other!.cone)) continue;
    const [gate, up] = one!.cone.nonlinear || !other!.cone.nonlinear ? [one!, other!] : [other!, one!];
    return {
      product,
      gateCone: gate.cone,
      upCone: up.cone,
      factors: { act: gate.tensor, up: up.tensor },
    };
  }
  return { product: null, gateCone: cone, upCone: null, factors: null };
}

/** A factor of a product, and what it is made from. */
interface Branch {
  tensor: string;
  cone: Cone;
}

/** Whether no projection (or part of one) is behind both. */
function areApart(a: Cone, b: Cone): boolean {
  const tensors = new Set(a.sources.map(({ tensor }) => tensor));
  return !b.sources.some(({ tensor }) => tensors.has(tensor));
}

/**
 * The graph's own float tensor that holds a tap.
 * @throws UserError (69) where the graph has no such tensor, with the reason
 */
export function tapTensor(
  view: GraphView,
  ffn: Ffn,
  tap: Tap,
  at: { model: ModelInfo; group: string; layer: number },
): string {
  const refuse = (reason: string): UserError =>
    new UserError({
      what: `${formatLayer(at.group, at.layer)} has no tap "${tap}": ${reason}`,
      where: at.model.path,
      todo: 'choose another --tap (post is what enters the down projection)',
      exit: Exit.MODEL,
    });
  if (tap === 'post') return beforeQuantisation(view, ffn.down.input);
  if (tap === 'pre') {
    const source = ffn.gateCone.sources[0]!;
    if (source.projection.fusedActivation !== null) {
      throw refuse(`the activation function is inside ${source.projection.node.opType}`);
    }
    const { tensor, next } = beforeActivation(view, ffn.gateCone, source.tensor);
    if (next !== undefined && hasInnerBias(view, next)) throw refuse(`the bias is inside ${next.opType}`);
    return beforeQuantisation(view, tensor);
  }
  if (ffn.factors === null) throw refuse('this FFN is not gated');
  return beforeQuantisation(view, ffn.factors[tap]);
}

/** The float tensor that is quantised into this one. */
function beforeQuantisation(view: GraphView, tensor: string): string {
  const node = view.producer(tensor);
  const quantises = node?.opType === 'DynamicQuantizeLinear' || node?.opType === 'QuantizeLinear';
  return quantises ? node.inputs[0]! : tensor;
}

/** Follows a projection's output through bias, scale and casts to what the activation function reads. */
function beforeActivation(
  view: GraphView,
  cone: Cone,
  tensor: string,
): { tensor: string; next: NodeInfo | undefined } {
  for (let name = tensor; ;) {
    const [next, ...others] = view.consumers(name);
    const affine = next !== undefined && (isAffine(view, next, name) || joinsLowRank(view, cone, next));
    if (!affine || others.length > 0) return { tensor: name, next };
    name = next.outputs[0]!;
  }
}

/** A bias, a reshape, or what a quantised product is scaled by. */
function isAffine(view: GraphView, node: NodeInfo, from: string): boolean {
  if (NONLINEAR.has(node.opType)) return false;
  if (CARRYING.has(node.opType)) return true;
  const others = node.inputs.filter((input) => input !== from && input !== '');
  if (node.opType === 'Add') return others.every((other) => isVector(view, other));
  return (
    node.opType === 'Mul' &&
    view.producer(from)?.opType === 'Cast' &&
    others.every((other) => isScale(view, other))
  );
}

/** The sum of a projection and the low-rank pair beside it (LoRA), both within the cone. */
function joinsLowRank(view: GraphView, { nodes, sources }: Cone, next: NodeInfo): boolean {
  if (next.opType !== 'Add' || !nodes.has(next) || sources.length < 2) return false;
  const activations = next.inputs.filter((input) => view.constant(input) === null);
  return activations.length === 2 && activations.every((input) => isLinear(view, input, nodes));
}

/** Whether only scales and shapes stand between a tensor and the projections of a cone. */
function isLinear(view: GraphView, tensor: string, nodes: ReadonlySet<NodeInfo>): boolean {
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined || !nodes.has(node)) return true;
    const [input, ...others] = dataInputs(node).filter((candidate) => view.constant(candidate) === null);
    if (NONLINEAR.has(node.opType) || input === undefined || others.length > 0) return false;
    name = input;
  }
}

/** A bias has an entry a neuron; the constants inside an activation function have one in all. */
function isVector(view: GraphView, tensor: string): boolean {
  const dims = view.constant(tensor)?.dims;
  return dims != null && dims.reduce((product, dim) => product * dim, 1) > 1;
}

function isScale(view: GraphView, tensor: string): boolean {
  const maker = view.producer(tensor);
  return (
    view.constant(tensor) !== null || maker?.opType === 'Mul' || maker?.opType === 'DynamicQuantizeLinear'
  );
}

function hasInnerBias(view: GraphView, { opType, inputs }: NodeInfo): boolean {
  return (
    (opType === 'BiasGelu' || opType === 'FastGelu') &&
    inputs.length > 1 &&
    view.constant(inputs[1]!) !== null
  );
}
