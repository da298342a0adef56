import type { GraphView } from '../onnx/graph-view.js';

/** A sentence on why a graph has no FFN that we can profile, from what it does have. */
export function whyNoSites(view: GraphView): string {
  const { graph, model } = view;
  const ops = new Set(graph.nodes.map(({ opType }) => opType));
  const has = (...names: string[]) => names.find((name) => ops.has(name));
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}.${name}`));
  const search = has('BeamSearch', 'GreedySearch', 'Sampling');
  if (search !== undefined) return `the model is inside the operator ${search}; give the decoder's own graph`;
  if (graph.nodes.some(({ domain, opType }) => functions.has(`${domain}.${opType}`))) {
    return 'its nodes are ONNX local functions, which are not looked into; inline them with onnx.inliner';
  }
  if (has('If') !== undefined)
    return 'its layers are inside the branches of an If (a merged decoder); give decoder_model.onnx';
  const recurrent = has('LSTM', 'GRU', 'RNN');
  if (recurrent !== undefined) return `it is a recurrent net (${recurrent}), not a transformer`;
  if (has('Softmax', 'Attention', 'MultiHeadAttention', 'GroupQueryAttention') !== undefined) {
    return 'it has attention, but no projection up, activation function and projection down to a residual stream';
  }
  return 'it has no projection up, activation function and projection down whose result is added to a residual stream; only transformers have such FFNs';
}
