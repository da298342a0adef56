import type { GraphView } from '../onnx/graph-view.js';

/** How an integer tensor stands for floats: (q − zeroPoint) · scale. */
export interface Quantisation {
  /** Tensors of the graph; zeroPoint '' where it is 0. */
  scale: string;
  zeroPoint: string;
}

/** Operators that give out integers, and where among their inputs the result's scale stands, its zero point behind it. */
const RESULT_SCALE = new Map<string, number>(
  Object.entries({
    QLinearMatMul: 6,
    QLinearAdd: 6,
    QLinearMul: 6,
    QLinearConv: 6,
    QLinearSigmoid: 3,
    QLinearLeakyRelu: 3,
    QGemm: 7,
    QuantizeLinear: 1,
  }),
);

/** Hand integers on as they are. */
const MOVES = new Set(['Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** The quantisation of a tensor that exists as integers only; null for a float tensor. */
export function quantisationOf(view: GraphView, tensor: string): Quantisation | null {
  for (let name = tensor; ;) {
    const node = view.producer(name);
    if (node === undefined) return null;
    if (MOVES.has(node.opType)) {
      name = node.inputs[0]!;
      continue;
    }
    const at = RESULT_SCALE.get(node.opType);
    const scale = at === undefined ? undefined : node.inputs[at];
    // A Gemm without an output scale gives floats.
    return scale === undefined || scale === '' ? null : { scale, zeroPoint: node.inputs[at! + 1] ?? '' };
  }
}
