import type { GraphView } from '../onnx/graph-view.js';
import { findProjections } from './projection.js';
import { CARRYING } from './operators.js';

/** Operators that take a cache, with how many heads they have in their attributes. */
const ATTENTION = new Set(['GroupQueryAttention', 'MultiHeadAttention', 'DecoderMaskedMultiHeadAttention']);

/**
 * Size of an attention head, where a cache input leaves it symbolic (as
 * onnxruntime-genai does): the width of what the operator that reads the cache
 * is given as query, by its number of heads.
 */
export function headSizeOf(view: GraphView, cacheInput: string): number | null {
  const node = view.consumers(cacheInput).find(({ opType }) => ATTENTION.has(opType));
  const heads = node?.attributes.get('num_heads')?.i ?? null;
  if (node === undefined || heads === null) return null;
  // Without a key of its own, query, key and value are one packed tensor.
  const isPacked = (node.inputs[1] ?? '') === '';
  const all = heads + (isPacked ? 2 * (node.attributes.get('kv_num_heads')?.i ?? heads) : 0);
  const width = widthOf(view, node.inputs[0]!);
  return width === null || width % all !== 0 ? null : width / all;
}

/** The last axis of a tensor that a projection makes, through a bias and what keeps its shape. */
function widthOf(view: GraphView, tensor: string): number | null {
  const projections = findProjections(view);
  const seen = new Set([tensor]);
  for (const name of seen) {
    const node = view.producer(name);
    if (node === undefined) continue;
    const projection = projections.get(node);
    if (projection !== undefined) return projection.outputWidth;
    if (!CARRYING.has(node.opType) && node.opType !== 'Add') continue;
    node.inputs.filter((input) => view.constant(input) === null).forEach((input) => seen.add(input));
  }
  return null;
}
