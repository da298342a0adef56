import { capturedBy, type GraphView } from '../onnx/graph-view.js';
import type { NodeInfo, TensorInfo, ValueInfo } from '../onnx/types.js';

/** What of a graph some tensors hang on. */
export interface Pruned {
  /** In the order of the graph. */
  nodes: NodeInfo[];
  initializers: TensorInfo[];
  /** Graph inputs that must be fed, in the order of the graph. */
  inputs: ValueInfo[];
}

/** Keeps what `tensors` are made from; all else (heads, later layers' attention, caches) goes. */
export function prune(view: GraphView, tensors: readonly string[]): Pruned {
  const needed = new Set(tensors);
  const nodes = new Set<NodeInfo>();
  const pending = [...tensors];
  while (pending.length > 0) {
    const node = view.producer(pending.pop()!);
    if (node === undefined || nodes.has(node)) continue;
    nodes.add(node);
    for (const input of [...node.inputs, ...capturedBy(node)]) {
      if (input === '' || needed.has(input)) continue;
      needed.add(input);
      pending.push(input);
    }
  }
  const { graph } = view;
  return {
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    initializers: [...graph.initializers.values()].filter(({ name }) => needed.has(name)),
    inputs: graph.inputs.filter(({ name }) => needed.has(name) && !graph.initializers.has(name)),
  };
}
