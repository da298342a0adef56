import { readSmallTensor } from './read-tensor.js';
import type { GraphInfo, ModelInfo, NodeInfo, TensorInfo } from './types.js';

/** A constant as its consumers see it: the tensor it comes from, and its shape there. */
export interface Constant {
  tensor: TensorInfo;
  /** Shape after the operators between; null where one of them hides it. */
  dims: number[] | null;
}

/** Who makes and who uses each tensor of a graph. Knows nothing of transformers. */
export interface GraphView {
  model: ModelInfo;
  graph: GraphInfo;
  /** Node that makes a tensor. */
  producer(tensor: string): NodeInfo | undefined;
  /** Nodes that use a tensor, in the order of the graph. */
  consumers(tensor: string): readonly NodeInfo[];
  /** What a tensor is, where it hangs on nothing but initializers and Constant nodes. */
  constant(tensor: string): Constant | null;
  /** The numbers of a small constant. */
  numbers(tensor: string): number[] | null;
}

/** Operators that hand a constant on with its values, if not its shape. */
const CARRIERS = new Set([
  'Identity',
  'Cast',
  'Transpose',
  'Reshape',
  'DequantizeLinear',
  'Squeeze',
  'Unsqueeze',
  'QuantizeLinear',
]);

export function viewGraph(model: ModelInfo, graph: GraphInfo = model.graph): GraphView {
  const producers = new Map<string, NodeInfo>();
  const users = new Map<string, NodeInfo[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
    for (const input of new Set([...node.inputs, ...capturedBy(node)])) {
      if (input === '') continue;
      const list = users.get(input);
      if (list === undefined) users.set(input, [node]);
      else list.push(node);
    }
  }
  const known = new Map<string, Constant | null>();
  const view: GraphView = {
    model,
    graph,
    producer: (tensor) => producers.get(tensor),
    consumers: (tensor) => users.get(tensor) ?? [],
    constant(tensor) {
      const cached = known.get(tensor);
      if (cached !== undefined) return cached;
      known.set(tensor, null); // a cycle ends here
      const found = constantOf(view, tensor);
      known.set(tensor, found);
      return found;
    },
    numbers(tensor) {
      const constant = view.constant(tensor);
      return constant === null ? null : readSmallTensor(model, constant.tensor);
    },
  };
  return view;
}

/** Tensors of the outer graph that a node's subgraphs use. */
export function capturedBy(node: NodeInfo): string[] {
  const captured: string[] = [];
  for (const { graph } of node.attributes.values()) {
    if (graph === null) continue;
    const made = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
    for (const inner of graph.nodes) inner.outputs.forEach((output) => made.add(output));
    const used = graph.nodes.flatMap((inner) => [...inner.inputs, ...capturedBy(inner)]);
    captured.push(
      ...[...used, ...graph.outputs.map(({ name }) => name)].filter((name) => name !== '' && !made.has(name)),
    );
  }
  return captured;
}

function constantOf(view: GraphView, tensor: string): Constant | null {
  const initializer = view.graph.initializers.get(tensor);
  if (initializer !== undefined) return { tensor: initializer, dims: initializer.dims };
  const node = view.producer(tensor);
  if (node === undefined) return null;
  const value = node.attributes.get('value')?.tensor;
  if (node.opType === 'Constant') return value == null ? null : { tensor: value, dims: value.dims };
  if (
    !CARRIERS.has(node.opType) ||
    node.inputs.some((input) => input !== '' && view.constant(input) === null)
  )
    return null;
  const inner = view.constant(node.inputs[0]!);
  return inner && { tensor: inner.tensor, dims: carriedDims(view, node, inner.dims) };
}

function carriedDims(view: GraphView, node: NodeInfo, dims: number[] | null): number[] | null {
  if (dims === null) return null;
  if (node.opType === 'Transpose') {
    const order = node.attributes.get('perm')?.ints ?? dims.map((_, i) => dims.length - 1 - i);
    return order.map((axis) => dims[axis]!);
  }
  if (node.opType === 'Reshape') {
    const shape = view.numbers(node.inputs[1]!);
    if (shape === null) return null;
    const kept = shape.map((dim, i) => (dim === 0 ? dims[i]! : dim));
    const known = kept.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
    const total = dims.reduce((product, dim) => product * dim, 1);
    return kept.map((dim) => (dim === -1 ? total / known : dim));
  }
  if (node.opType === 'Squeeze') return dims.filter((dim) => dim !== 1);
  if (node.opType === 'Unsqueeze') return null;
  return dims;
}
