import type { GraphView } from '../onnx/graph-view.js';
import { capturedBy } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';

/**
 * The group of each node: in a graph that holds an encoder and a decoder, a
 * node is of the decoder if it hangs on the decoder's ids; else `''`.
 */
export function groupsOf(view: GraphView, nodes: readonly NodeInfo[]): string[] {
  const initializers = view.graph.initializers;
  const inputs = view.graph.inputs.map(({ name }) => name).filter((name) => !initializers.has(name));
  const decoderInputs = inputs.filter((name) => /decoder/i.test(name));
  const reached = new Set(decoderInputs);
  const inDecoder = new Set<NodeInfo>();
  if (decoderInputs.length > 0 && decoderInputs.length < inputs.length) {
    for (const node of view.graph.nodes) {
      if (![...node.inputs, ...capturedBy(node)].some((input) => reached.has(input))) continue;
      inDecoder.add(node);
      node.outputs.forEach((output) => reached.add(output));
    }
  }
  const both = nodes.some((node) => inDecoder.has(node)) && nodes.some((node) => !inDecoder.has(node));
  return nodes.map((node) => (both ? (inDecoder.has(node) ? 'decoder' : 'encoder') : ''));
}
