import { capturedBy } from './graph-view.js';
import { ModelFault, quote } from './model-fault.js';
import type { GraphInfo, NodeInfo } from './types.js';

/** What the nodes of a graph, or of a function's body, stand among. */
export interface Surroundings {
  /** Whether a tensor is there without any of the nodes: an input, an initializer, one of an outer graph. */
  given: (tensor: string) => boolean;
  outputs: readonly string[];
}

/** A graph and its subgraphs, each with its nodes in order of execution. @throws ModelFault as `orderNodes` does */
export function orderGraph(graph: GraphInfo, outer: (tensor: string) => boolean = () => false): void {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const given = (tensor: string) =>
    inputs.has(tensor) || graph.initializers.has(tensor) || graph.sparse.has(tensor);
  graph.nodes = orderNodes(graph.nodes, {
    given: (tensor) => given(tensor) || outer(tensor),
    outputs: graph.outputs.map(({ name }) => name),
  });
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  for (const tensor of made) {
    if (given(tensor)) throw new ModelFault(`the tensor ${quote(tensor)} is given and made by a node too`);
  }
  for (const { attributes } of graph.nodes) {
    for (const { graph: inner } of attributes.values()) {
      if (inner !== null) orderGraph(inner, (tensor) => made.has(tensor) || given(tensor) || outer(tensor));
    }
  }
}

/**
 * Nodes in order of execution: as they are listed, but a node that is listed
 * before what it reads stands right behind it (ONNX asks for the order, ONNX Runtime does not).
 * @throws ModelFault where a tensor has no maker or two, or nodes wait for each other in a circle
 */
export function orderNodes(nodes: readonly NodeInfo[], surroundings: Surroundings): NodeInfo[] {
  const makers = makersOf(nodes);
  const before = new Map(nodes.map((node) => [node, makersFor(node, makers, surroundings)]));
  for (const output of surroundings.outputs) {
    if (!makers.has(output) && !surroundings.given(output))
      throw new ModelFault(`nothing makes the output ${quote(output)}`);
  }
  const users = new Map<NodeInfo, NodeInfo[]>(nodes.map((node) => [node, []]));
  const missing = new Map<NodeInfo, number>();
  for (const [node, those] of before) {
    missing.set(node, those.size);
    for (const maker of those) users.get(maker)!.push(node);
  }
  const order = new Set<NodeInfo>();
  const early = new Set<NodeInfo>();
  for (const node of nodes) {
    if (missing.get(node)! > 0) early.add(node);
    else append(node);
  }
  if (order.size < nodes.length) throw circleAmong(before, order);
  return [...order].map((node, index) => (node.index === index ? node : { ...node, index }));

  function append(first: NodeInfo): void {
    const ready = [first];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      order.add(node);
      for (const user of users.get(node)!) {
        missing.set(user, missing.get(user)! - 1);
        if (missing.get(user) === 0 && early.has(user)) ready.push(user);
      }
    }
  }
}

function makersOf(nodes: readonly NodeInfo[]): Map<string, NodeInfo> {
  const makers = new Map<string, NodeInfo>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (makers.has(output)) throw new ModelFault(`two nodes make the tensor ${quote(output)}`);
      makers.set(output, node);
    }
  }
  return makers;
}

function makersFor(
  node: NodeInfo,
  makers: ReadonlyMap<string, NodeInfo>,
  { given }: Surroundings,
): Set<NodeInfo> {
  const found = new Set<NodeInfo>();
  for (const input of [...node.inputs, ...capturedBy(node)]) {
    const maker = makers.get(input);
    if (maker !== undefined) found.add(maker);
    else if (input !== '' && !given(input))
      throw new ModelFault(`nothing makes the tensor ${quote(input)} that ${callOf(node)} reads`);
  }
  return found;
}

/** Each node that is left waits for another that is left: following them comes round. */
function circleAmong(
  before: ReadonlyMap<NodeInfo, ReadonlySet<NodeInfo>>,
  done: ReadonlySet<NodeInfo>,
): ModelFault {
  const waiting = (nodes: Iterable<NodeInfo>) => [...nodes].find((node) => !done.has(node))!;
  const trail = new Set<NodeInfo>();
  let node = waiting(before.keys());
  while (!trail.has(node)) {
    trail.add(node);
    node = waiting(before.get(node)!);
  }
  return new ModelFault(`its nodes wait for each other in a circle, at ${callOf(node)}`);
}

function callOf({ name, opType, outputs }: NodeInfo): string {
  return `the ${opType.slice(0, 100)} ${quote(name === '' ? (outputs[0] ?? '') : name)}`;
}
