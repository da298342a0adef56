import type { GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';

/** Names of activation functions that are one operator. */
const ONE_OPERATOR: Readonly<Record<string, string>> = {
  FastGelu: 'gelu_tanh',
  BiasGelu: 'gelu',
  QGelu: 'gelu',
  LeakyRelu: 'leaky_relu',
  PRelu: 'prelu',
  Elu: 'elu',
  Selu: 'selu',
  Celu: 'celu',
  HardSwish: 'hard_swish',
  Mish: 'mish',
  Swish: 'silu',
  Silu: 'silu',
  Softsign: 'softsign',
};

/**
 * Names the activation function that the nodes of a cone compute, by its
 * operators and constants, whatever their order: `gelu` (with erf), `gelu_tanh`
 * (Hendrycks & Gimpel 2016, the approximation), `quick_gelu`, `silu`, `relu`,
 * `relu2`, `tanh`, `sigmoid` …, or `unknown`.
 */
export function nameActivation(view: GraphView, nodes: Iterable<NodeInfo>, fused: string | null): string {
  if (fused !== null) return fused.toLowerCase();
  const list = [...nodes];
  const ops = new Set(list.map(({ opType }) => opType));
  for (const [op, name] of Object.entries(ONE_OPERATOR)) if (ops.has(op)) return name;
  if (ops.has('Gelu')) {
    return list.some((node) => node.attributes.get('approximate')?.s === 'tanh') ? 'gelu_tanh' : 'gelu';
  }
  if (ops.has('QuickGelu')) {
    const alpha = list.find(({ opType }) => opType === 'QuickGelu')?.attributes.get('alpha')?.f ?? 1.702;
    return alpha === 1 ? 'silu' : 'quick_gelu';
  }
  if (ops.has('Erf')) return 'gelu';
  const constants = list.flatMap((node) => node.inputs.map((input) => scalar(view, input)));
  const has = (value: number) => constants.some((c) => c !== null && Math.abs(c - value) < 1e-3 * value);
  if (ops.has('Softplus')) return ops.has('Tanh') ? 'mish' : 'softplus';
  if (ops.has('Tanh')) return has(0.044715) || (ops.has('Pow') && has(0.0447)) ? 'gelu_tanh' : 'tanh';
  if (ops.has('Sigmoid') || ops.has('QLinearSigmoid')) {
    if (has(1.702)) return 'quick_gelu';
    return multipliesItself(view, list) ? 'silu' : 'sigmoid';
  }
  if (ops.has('Relu')) {
    return squaresRelu(view, list) ? 'relu2' : 'relu';
  }
  if (ops.has('Clip')) return 'clip';
  return 'unknown';
}

function scalar(view: GraphView, tensor: string): number | null {
  if (tensor === '') return null;
  const numbers = view.numbers(tensor);
  return numbers?.length === 1 ? numbers[0]! : null;
}

/** x · sigmoid(x): the sigmoid's input, or what it is made from, is the other factor. */
function multipliesItself(view: GraphView, nodes: NodeInfo[]): boolean {
  const sigmoids = nodes.filter(({ opType }) => opType === 'Sigmoid' || opType === 'QLinearSigmoid');
  return sigmoids.some((sigmoid) => {
    const products = nodes.filter(({ opType }) => opType === 'Mul' || opType === 'QLinearMul');
    const carried = carriedOf(view, sigmoid.outputs[0]!);
    return products.some((product) => product.inputs.some((input) => carried.has(input)));
  });
}

/** A tensor and its casts and quantised forms. */
function carriedOf(view: GraphView, tensor: string): Set<string> {
  const found = new Set([tensor]);
  for (const name of found) {
    for (const node of view.consumers(name)) {
      if (['Cast', 'QuantizeLinear', 'DequantizeLinear', 'Identity'].includes(node.opType))
        found.add(node.outputs[0]!);
    }
  }
  return found;
}

/** relu(x)², by a power or a product: a norm within the FFN squares, too, but other tensors. */
function squaresRelu(view: GraphView, nodes: NodeInfo[]): boolean {
  const relus = nodes
    .filter(({ opType }) => opType === 'Relu')
    .map(({ outputs }) => carriedOf(view, outputs[0]!));
  const isRelu = (tensor: string | undefined) => relus.some((names) => names.has(tensor ?? ''));
  return nodes.some(
    ({ opType, inputs }) =>
      isRelu(inputs[0]) &&
      ((opType === 'Pow' && scalar(view, inputs[1] ?? '') === 2) ||
        (opType === 'Mul' && inputs[0] === inputs[1])),
  );
}
