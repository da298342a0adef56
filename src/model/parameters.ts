import { DataType } from '../onnx/data-types.js';
import type { GraphView } from '../onnx/graph-view.js';
import { tensorsOf } from './external-data.js';

/** Types that weights come in, as they are or quantised. */
const WEIGHT_TYPES = new Set<number>([
  DataType.FLOAT,
  DataType.FLOAT16,
  DataType.BFLOAT16,
  DataType.DOUBLE,
  DataType.INT8,
  DataType.UINT8,
  DataType.INT4,
  DataType.UINT4,
]);

/** Operators whose weight is packed: K · N numbers in fewer bytes. */
const PACKED = new Set(['MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4']);

/**
 * Elements of a model's weights, each tensor once: tied embeddings count once,
 * packed weights by their numbers. Scales, biases and constants of the graph are in it.
 */
export function countParameters(view: GraphView): number {
  const packed = new Map<string, number>();
  for (const { opType, inputs, attributes } of view.graph.nodes) {
    if (!PACKED.has(opType)) continue;
    packed.set(inputs[1]!, (attributes.get('K')?.i ?? 0) * (attributes.get('N')?.i ?? 0));
  }
  let count = 0;
  for (const { name, dataType, dims } of tensorsOf(view.graph)) {
    if (!WEIGHT_TYPES.has(dataType)) continue;
    count += packed.get(name) ?? dims.reduce((product, dim) => product * dim, 1);
  }
  return count;
}
