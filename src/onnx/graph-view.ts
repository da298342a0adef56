import { readSmallTensor } from './read-tensor.js';
import type { GraphInfo, ModelInfo, NodeInfo, TensorInfo, ValueInfo } from './types.js';
import { pushTo } from '../core/push-to.js';

/** A constant as its consumers see it. */
export interface Constant {
  /** The tensor that it is, handed on at most; null where it is computed, or stands in an attribute. */
  tensor: TensorInfo | null;
  /** Its numbers, where they stand in an attribute of a Constant node. */
  values: number[] | null;
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
  /** What a tensor is, where it hangs on nothing but initializers and Constant nodes, computed or not. */
  constant(tensor: string): Constant | null;
  /** The numbers of a small constant. */
  numbers(tensor: string): number[] | null;
}

/** Version of the standard operators that a model is written in; 0 where it does not say. */
export function opsetOf({ opsets }: ModelInfo): number {
  return opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
}

/** Inputs that must be fed: without initializers that are listed as such. */
export function fedInputs({ inputs, initializers }: GraphInfo): ValueInfo[] {
  return inputs.filter(({ name }) => !initializers.has(name));
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
      pushTo(users, input, node);
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
      // First what it is made from, on a stack of our own: the way back may be longer than the call stack.
      const pending = [tensor];
      while (pending.length > 0) {
        const name = pending.at(-1)!;
        if (known.has(name)) {
          known.set(name, constantOf(view, name));
          pending.pop();
          continue;
        }
        known.set(name, null); // a cycle ends here
        for (const input of operandsOf(view, name)) if (!known.has(input)) pending.push(input);
      }
      return known.get(tensor)!;
    },
    numbers(tensor) {
      const constant = view.constant(tensor);
      if (constant?.tensor == null) return constant?.values ?? null;
      return readSmallTensor(model, constant.tensor);
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
    for (const name of [...used, ...graph.outputs.map((output) => output.name)]) {
      if (name !== '' && !made.has(name)) captured.push(name);
    }
  }
  return captured;
}

function operandsOf(view: GraphView, tensor: string): readonly string[] {
  return view.graph.initializers.has(tensor) ? [] : (view.producer(tensor)?.inputs ?? []);
}

function constantOf(view: GraphView, tensor: string): Constant | null {
  const initializer = view.graph.initializers.get(tensor);
  if (initializer !== undefined) return { tensor: initializer, values: null, dims: initializer.dims };
  const node = view.producer(tensor);
  if (node === undefined) return null;
  if (node.opType === 'Constant') return givenConstant(node);
  const inputs = node.inputs.filter((input) => input !== '');
  if (inputs.length === 0 || capturedBy(node).length > 0 || RANDOM.test(node.opType)) return null;
  const constants = inputs.map((input) => view.constant(input));
  if (constants.includes(null)) return null;
  const [inner] = constants as Constant[];
  if (CARRIERS.has(node.opType)) return { ...inner!, dims: carriedDims(view, node, inner!.dims) };
  const computed = BROADCASTING.has(node.opType)
    ? broadcast((constants as Constant[]).map(({ dims }) => dims))
    : null;
  return { tensor: null, values: null, dims: computed };
}

/** Draw anew at each run. */
const RANDOM = /^(Random|Bernoulli|Multinomial|Dropout)/;

/** Take the shape of their larger operand. */
const BROADCASTING = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Where']);

/** A Constant node's value: a tensor, or numbers in an attribute. */
function givenConstant({ attributes }: NodeInfo): Constant {
  const tensor = attributes.get('value')?.tensor;
  if (tensor != null) return { tensor, values: null, dims: tensor.dims };
  const one = attributes.get('value_float')?.f ?? attributes.get('value_int')?.i;
  if (one != null) return { tensor: null, values: [one], dims: [] };
  const list = attributes.get('value_floats')?.floats ?? attributes.get('value_ints')?.ints ?? null;
  return { tensor: null, values: list, dims: list === null ? null : [list.length] };
}

/** The shape that operands of these shapes have together; null where it does not show (numpy's broadcasting rules). */
function broadcast(shapes: readonly (number[] | null)[]): number[] | null {
  const known = shapes.filter((dims) => dims !== null);
  if (known.length < shapes.length) return null;
  const rank = Math.max(...known.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...known.map((dims) => dims[dims.length - rank + axis] ?? 1)),
  );
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
