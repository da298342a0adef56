import { Exit, UserError } from '../core/errors.js';
import { formatLayer } from '../core/neuron-name.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import { walkBack, type Cone } from './cone.js';
import { dataInputs } from './operators.js';
import type { Projection } from './projection.js';
import type { Tap } from './types.js';

/** One FFN as the search found it. */
export interface Ffn {
  down: Projection;
  /** What writes to the stream: the down projection, or the second of a pair of low rank that it is the first of. */
  landing: Projection;
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
): Omit<Ffn, 'down' | 'landing' | 'cone'> {
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
    const [gate, up] = strength(one!.cone) >= strength(other!.cone) ? [one!, other!] : [other!, one!];
    return {
      product,
      gateCone: gate.cone,
      upCone: up.cone,
      factors: { act: gate.tensor, up: up.tensor },
    };
  }
  return { product: null, gateCone: cone, upCone: null, factors: null };
}

/** How surely an activation function is in a cone: a Clip may be a guard against overflow. */
function strength({ nonlinear, onlyClips }: Cone): number {
  return nonlinear ? (onlyClips ? 1 : 2) : 0;
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
  at: { group: string; layer: number; projections: ReadonlyMap<NodeInfo, Projection> },
): string {
  const { projections } = at;
  const refuse = (reason: string): UserError =>
    new UserError({
      what: `${formatLayer(at.group, at.layer)} has no tap "${tap}": ${reason}`,
      where: view.model.path,
      todo: 'choose another --tap (post is what enters the down projection)',
      exit: Exit.MODEL,
    });
  if (tap === 'post') return beforeQuantisation(view, ffn.down.input);
  if (tap === 'pre') {
    const inside = ffn.gateCone.sources.find(({ projection }) => projection.fusedActivation !== null);
    if (inside !== undefined) {
      throw refuse(`the activation function is inside ${inside.projection.node.opType}`);
    }
    const top = ffn.factors?.act ?? ffn.down.input;
    const tensor = beforeActivation(view, projections, ffn.gateCone, top);
    const biased = view.consumers(tensor).find((node) => hasInnerBias(view, node));
    if (biased !== undefined) throw refuse(`the bias is inside ${biased.opType}`);
    return beforeQuantisation(view, tensor);
  }
  if (ffn.factors === null) throw refuse('this FFN is not gated');
  return beforeQuantisation(view, ffn.factors[tap]);
}

/** The float tensor that is quantised into this one. */
export function beforeQuantisation(view: GraphView, tensor: string): string {
  const node = view.producer(tensor);
  const quantises = node?.opType === 'DynamicQuantizeLinear' || node?.opType === 'QuantizeLinear';
  return quantises ? node.inputs[0]! : tensor;
}

/**
 * What enters the activation function: the last tensor that all of the
 * projections' results go into and nothing nonlinear has touched, and that all of
 * the activation's way leads through (bias, scale, norm and LoRA's sum stand before it).
 */
function beforeActivation(
  view: GraphView,
  projections: ReadonlyMap<NodeInfo, Projection>,
  cone: Cone,
  top: string,
): string {
  const sources = new Set(cone.sources.map(({ tensor }) => tensor));
  const candidates = [...cone.nodes]
    .sort((a, b) => b.index - a.index)
    .flatMap(({ outputs }) => outputs.slice(0, 1));
  for (const tensor of [...candidates, ...sources]) {
    const before = sources.has(tensor) ? null : walkBack(view, projections, tensor);
    if (before?.nonlinear === true || before?.sources.length === 0) continue;
    if (!reachesAround(view, cone, sources, top, tensor)) return tensor;
  }
  return cone.sources[0]!.tensor;
}

/** Whether a projection's result comes to `top` by a way that does not lead through `tensor`. */
function reachesAround(
  view: GraphView,
  { nodes }: Cone,
  sources: ReadonlySet<string>,
  top: string,
  tensor: string,
): boolean {
  const seen = new Set([top]);
  for (const name of seen) {
    if (name === tensor) continue;
    if (sources.has(name)) return true;
    const node = view.producer(name);
    if (node === undefined || !nodes.has(node)) continue;
    dataInputs(node).forEach((input) => seen.add(input));
  }
  return false;
}

function hasInnerBias(view: GraphView, { opType, inputs }: NodeInfo): boolean {
  return (
    (opType === 'BiasGelu' || opType === 'FastGelu') &&
    inputs.length > 1 &&
    view.constant(inputs[1]!) !== null
  );
}
