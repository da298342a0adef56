import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Projection } from '../../src/model/projection.js';
import { DataType } from '../../src/onnx/data-types.js';
import type { GraphView } from '../../src/onnx/graph-view.js';
import { fieldOf } from '../../src/onnx/pieces.js';
import type { NodeInfo, TensorInfo } from '../../src/onnx/types.js';
import type { Part } from '../../src/onnx/write.js';
import { modelProto, valueInfo } from '../../src/onnx/write-model.js';

/**
 * The weight of a projection as ONNX Runtime knows it, [inputWidth, outputWidth]: what the graph's own node,
 * with the constants it hangs on, makes of the identity matrix.
 * @returns null where the node does not take floats, or its constants lie in another file
 */
export async function weightByRuntime(
  view: GraphView,
  { node, input, output, inputWidth, outputWidth, addend }: Projection,
): Promise<Float32Array | null> {
  if (node.edited || /Integer|^Q|Dynamic|Conv/.test(node.opType)) return null;
  const nodes = new Set<NodeInfo>([node]);
  const initializers = new Set<TensorInfo>();
  for (const each of nodes) {
    for (const name of each.inputs) {
      const initializer = view.graph.initializers.get(name);
      const maker = view.producer(name);
      if (initializer !== undefined) initializers.add(initializer);
      else if (maker !== undefined && name !== input) nodes.add(maker);
    }
  }
  const external = [...initializers].some((tensor) => tensor.external !== null);
  const halves = [...initializers].some(({ dataType }) => dataType === DataType.FLOAT16);
  if (external || halves) return null;
  const { model } = view;
  const copied = (field: number, { start, end }: { start: number; end: number }) =>
    Buffer.concat(fieldOf(field, [model.read(start, end)]) as Uint8Array[]);
  const parts: Part[] = [
    ...[...nodes].sort((a, b) => a.index - b.index).map(({ message }) => copied(1, message)),
    ...[...initializers].map(({ message }) => copied(5, message)),
    valueInfo(11, input, DataType.FLOAT, ['rows', inputWidth]),
    valueInfo(12, output, DataType.FLOAT, ['rows', outputWidth]),
  ];
  const session = await InferenceSession.create(modelProto(model.irVersion, model.opsets, parts), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  });
  const run = async (rows: number, values: Float32Array) => {
    const results = await session.run({ [input]: new Tensor('float32', values, [rows, inputWidth]) });
    return results[output]!.data as Float32Array;
  };
  const identity = new Float32Array(inputWidth * inputWidth);
  for (let i = 0; i < inputWidth; i++) identity[i * inputWidth + i] = 1;
  const product = await run(inputWidth, identity);
  // What a Gemm adds is what it makes of nothing.
  const added = addend === null ? null : await run(1, new Float32Array(inputWidth));
  await session.release();
  return added === null ? product : product.map((value, i) => value - added[i % outputWidth]!);
}
