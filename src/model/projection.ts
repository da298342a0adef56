import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';

/** A node that multiplies activations with a constant weight [inputWidth → outputWidth]. */
export interface Projection {
  node: NodeInfo;
  /** Tensor of activations that enters, as the node names it (it may be quantised). */
  input: string;
  output: string;
  /** Tensor of the weight, as the node names it. */
  weight: string;
  inputWidth: number;
  outputWidth: number;
  /** Activation function fused into the node (FusedGemm, FusedConv); null where there is none. */
  fusedActivation: string | null;
  /** Place among the node's inputs of what it adds to the product, which may be a residual; null where it adds nothing. */
  addend: number | null;
}

/** For each operator that can be a projection, the places of its activations and of its weight. */
const OPERANDS = new Map<string, { data: number; weight: number; addend?: number }>(
  Object.entries({
    MatMul: { data: 0, weight: 1 },
    Gemm: { data: 0, weight: 1, addend: 2 },
    FusedMatMul: { data: 0, weight: 1 },
    FusedGemm: { data: 0, weight: 1, addend: 2 },
    GemmFastGelu: { data: 0, weight: 1 },
    TransposeMatMul: { data: 0, weight: 1 },
    MatMulInteger: { data: 0, weight: 1 },
    MatMulIntegerToFloat: { data: 0, weight: 1 },
    DynamicQuantizeMatMul: { data: 0, weight: 1 },
    MatMulNBits: { data: 0, weight: 1 },
    MatMulBnb4: { data: 0, weight: 1 },
    MatMulFpQ4: { data: 0, weight: 1 },
    QLinearMatMul: { data: 0, weight: 3 },
    QGemm: { data: 0, weight: 3 },
    Conv: { data: 0, weight: 1 },
    FusedConv: { data: 0, weight: 1, addend: 3 },
  }),
);

/** Whether an operator multiplies with weights, if it is given any. */
export function canProject(opType: string): boolean {
  return OPERANDS.has(opType);
}

/** All projections of a graph, by node. */
export function findProjections(view: GraphView): Map<NodeInfo, Projection> {
  const found = new Map<NodeInfo, Projection>();
  for (const node of view.graph.nodes) {
    const projection = projectionOf(view, node);
    if (projection !== null) found.set(node, projection);
  }
  return found;
}

function projectionOf(view: GraphView, node: NodeInfo): Projection | null {
  const operands = OPERANDS.get(node.opType);
  if (operands === undefined) return null;
  const input = node.inputs[operands.data];
  const weight = node.inputs[operands.weight];
  if (input === undefined || weight === undefined || view.constant(input) !== null) return null;
  const constant = view.constant(weight);
  if (constant === null) return null;
  const widths = widthsOf(node, constant.dims);
  if (widths === null) return null;
  const fusedActivation =
    node.opType === 'GemmFastGelu' ? 'gelu_tanh' : (node.attributes.get('activation')?.s ?? null);
  return {
    node,
    input,
    output: node.outputs[0]!,
    weight,
    inputWidth: widths[0],
    outputWidth: widths[1],
    fusedActivation,
    addend: operands.addend ?? null,
  };
}

/** [inputWidth, outputWidth] of a weight; null where it is no such matrix. */
function widthsOf(node: NodeInfo, dims: number[] | null): [number, number] | null {
  const int = (name: string) => node.attributes.get(name)?.i ?? 0;
  // Packed weights do not show their shape; the attributes do.
  if (int('K') > 0 && int('N') > 0) return [int('K'), int('N')];
  if (dims === null) return null;
  if (node.opType === 'Conv' || node.opType === 'FusedConv') {
    const pointwise = dims.length >= 3 && dims.slice(2).every((size) => size === 1);
    const group = node.attributes.get('group')?.i ?? 1;
    return pointwise ? [dims[1]! * group, dims[0]!] : null;
  }
  // Batches of one matrix are one matrix.
  const matrix = dims.length > 2 && dims.slice(0, -2).every((size) => size === 1) ? dims.slice(-2) : dims;
  if (matrix.length !== 2) return null;
  const transposed = int('transB') !== 0;
  return transposed ? [matrix[1]!, matrix[0]!] : [matrix[0]!, matrix[1]!];
}

/** Axes of what a Conv reads: it has [batch, channels, length …] where a MatMul has [batch, …, channels]; null for others. */
export function channelAxesOf(view: GraphView, { node, weight }: Projection): number | null {
  if (node.opType !== 'Conv' && node.opType !== 'FusedConv') return null;
  return view.constant(weight)?.dims?.length ?? null;
}
