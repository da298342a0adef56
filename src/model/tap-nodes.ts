import { DataType } from '../onnx/data-types.js';
import { opsetOf, type GraphView } from '../onnx/graph-view.js';
import type { NodeInfo } from '../onnx/types.js';
import type { Part } from '../onnx/write.js';
import { inlineInitializer, intAttribute, intsAttribute, node } from '../onnx/write-model.js';
import { quantisationOf } from './quantised.js';

/** Fields of our own (nodes, a small initializer) that make a float32 output of a tap, and the graph's tensors that they read. */
export interface TapNodes {
  nodes: Part[];
  reads: string[];
}

/** A tensor to give out, and its neurons. */
export interface Tapped {
  tensor: string;
  dMlp: number;
  /** Axes of the tensor where neurons are its second axis; null where they are its last. */
  channelAxes: number | null;
}

/**
 * How a tap is given out without losing a fusion of ONNX Runtime's, which each
 * of these is measured to keep (test/model/expose.test.ts):
 * - An output that is itself the value between two nodes breaks their fusion
 *   (MatMul and Add, Gelu's chain); one behind a Cast does not.
 * - What is flattened to rows is read before that, and flattened by a node of
 *   ours: ORT computes float16 in float32, and for a Cast behind the graph's own
 *   Reshape it rounded in between, which changed the model's own outputs.
 * - A second reader of a QuantizeLinear–DequantizeLinear pair breaks QLinearMatMul
 *   and QGemm, so the pair is made once more from the value before it.
 */
export function tapNodes(view: GraphView, { tensor, dMlp, channelAxes }: Tapped, name: string): TapNodes {
  if (channelAxes !== null) {
    const { nodes, reads } = floatNodes(view, tensor, { name, to: `${name}/channels` });
    // Neurons last, as everywhere else.
    const order = [0, ...Array.from({ length: channelAxes - 2 }, (_, i) => i + 2), 1];
    const turn = node(
      'Transpose',
      `${name}/Transpose`,
      [`${name}/channels`],
      [name],
      [intsAttribute('perm', order)],
    );
    return { nodes: [...nodes, turn], reads };
  }
  const before = beforeFlattening(view, tensor);
  if (before === null) return floatNodes(view, tensor, { name, to: name });
  const { nodes, reads } = floatNodes(view, before, { name, to: `${name}/unflattened` });
  const rows = Buffer.alloc(16);
  rows.writeBigInt64LE(-1n);
  rows.writeBigInt64LE(BigInt(dMlp), 8);
  const shape = inlineInitializer(`${name}/shape`, DataType.INT64, [2], rows);
  const reshape = node('Reshape', `${name}/Reshape`, [`${name}/unflattened`, `${name}/shape`], [name]);
  return { nodes: [...nodes, shape, reshape], reads };
}

/** What enters the Reshape that makes a tensor of two axes; null where none does. */
export function beforeFlattening(view: GraphView, tensor: string): string | null {
  const maker = view.producer(tensor);
  if (maker?.opType !== 'Reshape') return null;
  const shape = maker.inputs[1] ?? '';
  const concatenated = view.producer(shape);
  const axes =
    view.graph.valueInfo.get(tensor)?.dims?.length ??
    view.numbers(shape)?.length ??
    (concatenated?.opType === 'Concat' ? concatenated.inputs.length : null);
  return axes === 2 ? maker.inputs[0]! : null;
}

/** A tensor as float32, under the name `to`. */
function floatNodes(view: GraphView, tensor: string, { name, to }: { name: string; to: string }): TapNodes {
  const float = `${name}/float`;
  const cast = (from: string) =>
    node('Cast', `${name}/Cast`, [from], [to], [intAttribute('to', DataType.FLOAT)]);
  const pair = quantisingPair(view, tensor);
  if (pair !== null) {
    const { quantize, dequantize } = pair;
    const integer = `${name}/integer`;
    // ORT joins nodes that are equal. The axis makes this one another, and says nothing: there is one scale.
    const axis = quantize.attributes.get('axis')?.i === 0 ? 1 : 0;
    const nodes = [
      node('QuantizeLinear', `${name}/Quantize`, quantize.inputs, [integer], [intAttribute('axis', axis)]),
      node('DequantizeLinear', `${name}/Dequantize`, [integer, ...dequantize.inputs.slice(1)], [float]),
      cast(float),
    ];
    return {
      nodes,
      reads: [...quantize.inputs, ...dequantize.inputs.slice(1)].filter((read) => read !== ''),
    };
  }
  const quantised = quantisationOf(view, tensor);
  if (quantised === null) return { nodes: [cast(tensor)], reads: [tensor] };
  const { scale, zeroPoint } = quantised;
  const reads = [tensor, scale, ...(zeroPoint === '' ? [] : [zeroPoint])];
  return { nodes: [node('DequantizeLinear', `${name}/Dequantize`, reads, [float]), cast(float)], reads };
}

/** The first version of QuantizeLinear that has an axis. */
const AXIS_OPSET = 13;

/** The pair that a tensor comes out of, where it has one scale and nothing else that a copy could miss. */
function quantisingPair(
  view: GraphView,
  tensor: string,
): { quantize: NodeInfo; dequantize: NodeInfo } | null {
  const dequantize = view.producer(tensor);
  const quantize = view.producer(dequantize?.inputs[0] ?? '');
  if (dequantize === undefined || quantize === undefined || opsetOf(view.model) < AXIS_OPSET) return null;
  const plain = (each: NodeInfo, opType: string) =>
    each.opType === opType &&
    each.domain === '' &&
    [...each.attributes.keys()].every((name) => name === 'axis') &&
    isScalar(view, each.inputs[1]);
  return plain(dequantize, 'DequantizeLinear') && plain(quantize, 'QuantizeLinear')
    ? { quantize, dequantize }
    : null;
}

function isScalar(view: GraphView, tensor = ''): boolean {
  return view.constant(tensor)?.dims?.reduce((product, dim) => product * dim, 1) === 1;
}
