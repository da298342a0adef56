import type { GraphView } from '../../onnx/graph-view.js';
import type { NodeInfo, TensorInfo } from '../../onnx/types.js';
import type { Projection } from '../projection.js';
import { cannotRead, type WeightFiles } from './elements.js';
import { columnFactors, constantMatrix, dequantised, vectorOf, type Matrix, type Stored } from './matrix.js';

/**
 * The weight of a projection as [inputWidth → outputWidth] in floats: what its input is multiplied with.
 * @throws UserError (69) for an operator whose packing is not known, naming it
 */
export function projectionWeight(
  view: GraphView,
  files: WeightFiles,
  { node, weight, inputWidth, outputWidth }: Projection,
): Matrix {
  if (node.opType === 'MatMulNBits') return packedWeight(view, files, node);
  if (node.opType === 'MatMulBnb4' || node.opType === 'MatMulFpQ4')
    throw cannotRead(view.model, { name: weight }, `how ${node.opType} packs it is not known here`);
  const given = constantMatrix(view, files, weight);
  const isConv = node.opType === 'Conv' || node.opType === 'FusedConv';
  const flips = isConv || (node.attributes.get('transB')?.i ?? 0) !== 0;
  const matrix = { ...given, transposed: given.transposed !== flips };
  const [rows, columns] = seenDims(matrix);
  if (rows !== inputWidth || columns !== outputWidth)
    throw cannotRead(view.model, { name: weight }, 'its shape is not that of the projection');
  return scaled(view, files, node, matrix);
}

/** [rows, columns] of a matrix as it is seen. */
export function seenDims({ stored, transposed }: Matrix): [rows: number, columns: number] {
  return transposed ? [stored.columns, stored.rows] : [stored.rows, stored.columns];
}

/** Where operators on integers have the scale and zero point of their weight. */
const INTEGER = new Map<string, { scale: number | null; zeroPoint: number }>(
  Object.entries({
    MatMulInteger: { scale: null, zeroPoint: 3 },
    DynamicQuantizeMatMul: { scale: 2, zeroPoint: 3 },
    MatMulIntegerToFloat: { scale: 3, zeroPoint: 5 },
    QLinearMatMul: { scale: 4, zeroPoint: 5 },
    QGemm: { scale: 4, zeroPoint: 5 },
  }),
);

/** Integers by their scales; floats times Gemm's alpha. */
function scaled(view: GraphView, files: WeightFiles, node: NodeInfo, matrix: Matrix): Matrix {
  const integer = INTEGER.get(node.opType);
  if (integer === undefined) {
    const alpha = node.attributes.get('alpha')?.f ?? 1;
    return alpha === 1 ? matrix : { ...matrix, stored: times(matrix.stored, alpha) };
  }
  const factors = (tensor: string) => columnFactors(view, files, tensor, matrix);
  const zeroPoint = node.inputs[integer.zeroPoint] ?? '';
  const scale = integer.scale === null ? scaleBehind(view, node) : node.inputs[integer.scale]!;
  const dequantiser = { scale: factors(scale), zeroPoint: zeroPoint === '' ? null : factors(zeroPoint) };
  return { ...matrix, stored: dequantised(matrix.stored, dequantiser) };
}

function times(stored: Stored, factor: number): Stored {
  return { ...stored, read: (start, end) => stored.read(start, end).map((value) => value * factor) };
}

/** MatMulInteger's product is cast, and multiplied with the product of the activations' scale and the weight's. */
function scaleBehind(view: GraphView, node: NodeInfo): string {
  let [tensor] = node.outputs;
  for (let steps = 0; steps < 4; steps++) {
    const [next] = view.consumers(tensor!);
    if (next?.opType === 'Mul') {
      const other = next.inputs.find((input) => input !== tensor)!;
      const maker = view.producer(other);
      const constants = [other, ...(maker?.opType === 'Mul' ? maker.inputs : [])].filter(
        (input) => view.constant(input) !== null,
      );
      if (constants.length === 1) return constants[0]!;
      break;
    }
    if (next?.opType !== 'Cast') break;
    [tensor] = next.outputs;
  }
  throw cannotRead(view.model, { name: node.inputs[1]! }, 'the scale of MatMulInteger’s result is not found');
}

/**
 * The weight of MatMulNBits, [N, K] in blocks of `block_size` along K
 * (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md):
 *
 * | input       | shape                                   |                                               |
 * |-------------|-----------------------------------------|-----------------------------------------------|
 * | B           | [N, blocks, block_size·bits/8] uint8    | the first element in the lowest bits          |
 * | scales      | [N·blocks]                              |                                               |
 * | zero_points | [N·⌈blocks·bits/8⌉] uint8, or as scales | packed the same way; without it 2^(bits − 1)  |
 */
function packedWeight(view: GraphView, files: WeightFiles, node: NodeInfo): Matrix {
  const int = (name: string) => node.attributes.get(name)?.i ?? 0;
  const [K, N, bits, size] = [int('K'), int('N'), int('bits') || 4, int('block_size')];
  const [, weight, scaleName, zeroName = '', order = ''] = node.inputs;
  const refuse = (why: string) => cannotRead(view.model, { name: weight! }, why);
  if (![2, 4, 8].includes(bits)) throw refuse(`MatMulNBits of ${bits} bits is not known here`);
  if (order !== '') throw refuse('its columns are in another order (g_idx)');
  const packed = initializerOf(view, weight!);
  if (packed === null) throw refuse('it is computed');
  const bytes = files.bytes(packed);
  const blocks = Math.ceil(K / size);
  const rowBytes = (blocks * size * bits) / 8;
  const scales = vectorOf(view, files, scaleName!);
  const zeros = zeroName === '' ? null : zeroPoints(view, files, zeroName, { N, blocks, bits });
  const middle = 2 ** (bits - 1);
  const mask = 2 ** bits - 1;
  const perByte = 8 / bits;
  const stored: Stored = {
    rows: N,
    columns: K,
    read(start, end) {
      const data = bytes(start * rowBytes, end * rowBytes);
      const values = new Float32Array((end - start) * K);
      for (let row = start, i = 0; row < end; row++) {
        const from = (row - start) * rowBytes;
        for (let k = 0; k < K; k++, i++) {
          const block = row * blocks + Math.floor(k / size);
          const q = (data[from + Math.floor(k / perByte)]! >> (bits * (k % perByte))) & mask;
          values[i] = (q - (zeros === null ? middle : zeros[block]!)) * scales[block]!;
        }
      }
      return values;
    },
  };
  return { stored, transposed: true };
}

function zeroPoints(
  view: GraphView,
  files: WeightFiles,
  tensor: string,
  { N, blocks, bits }: { N: number; blocks: number; bits: number },
): Float32Array {
  const values = vectorOf(view, files, tensor);
  const rowBytes = Math.ceil((blocks * bits) / 8);
  const isPacked = values.length === N * rowBytes && initializerOf(view, tensor)?.dataType === 2;
  if (!isPacked) return values;
  const perByte = 8 / bits;
  return Float32Array.from({ length: N * blocks }, (_, i) => {
    const [row, block] = [Math.floor(i / blocks), i % blocks];
    const byte = values[row * rowBytes + Math.floor(block / perByte)]!;
    return (byte >> (bits * (block % perByte))) & (2 ** bits - 1);
  });
}

function initializerOf(view: GraphView, tensor: string): TensorInfo | null {
  return view.graph.initializers.get(tensor) ?? view.constant(tensor)?.tensor ?? null;
}
