import type { GraphView } from '../../onnx/graph-view.js';
import type { NodeInfo, TensorInfo } from '../../onnx/types.js';
import { cannotRead, type WeightFiles } from './elements.js';

/** A matrix of weights as it lies in a file, its rows read when they are asked for. */
export interface Stored {
  rows: number;
  columns: number;
  /** Rows [start, end), row-major, as float32. */
  read(start: number, end: number): Float32Array;
}

/** A matrix in the order that its user sees: stored so, or with rows and columns exchanged. */
export interface Matrix {
  stored: Stored;
  transposed: boolean;
}

/** Values that turn integers into floats: (q − zeroPoint) · scale. */
export interface Dequantiser {
  scale: Factors;
  /** null where it is 0. */
  zeroPoint: Factors | null;
}

/** One value for the whole matrix, for each stored row or column, or for each block of either. */
export interface Factors {
  values: Float32Array;
  /** Of element [row, column] of the stored matrix: values[row·rowStep + column·columnStep], each divided by its block. */
  at(row: number, column: number): number;
}

/**
 * A constant that is a matrix: an initializer or Constant node, through casts, transpositions,
 * reshapes and DequantizeLinear.
 * @throws UserError (69) where it is computed in another way
 */
export function constantMatrix(view: GraphView, files: WeightFiles, tensor: string): Matrix {
  const steps: NodeInfo[] = [];
  let name = tensor;
  for (;;) {
    const initializer = view.graph.initializers.get(name);
    const node = initializer === undefined ? view.producer(name) : undefined;
    const given = initializer ?? (node?.opType === 'Constant' ? node.attributes.get('value')?.tensor : null);
    if (given != null) return applied(view, files, { ...given, name }, steps.reverse());
    if (node === undefined || !STEPS.has(node.opType))
      throw cannotRead(view.model, { name: tensor }, `it is computed by ${node?.opType ?? 'nothing'}`);
    steps.push(node);
    name = node.inputs[0]!;
  }
}

const STEPS = new Set([
  'Identity',
  'Cast',
  'Transpose',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'DequantizeLinear',
]);

function applied(
  view: GraphView,
  files: WeightFiles,
  tensor: TensorInfo,
  steps: readonly NodeInfo[],
): Matrix {
  const read = files.elements(tensor);
  // Weights of a Conv of one, and matrices of one batch, are matrices.
  const [rows, columns] = matrixDims(tensor.dims) ?? [0, 0];
  if (rows === 0) throw cannotRead(view.model, tensor, `its shape is [${tensor.dims.join(', ')}]`);
  let stored: Stored = {
    rows,
    columns,
    read: (start, end) => read(start * columns, end * columns),
  };
  let transposed = false;
  for (const node of steps) {
    if (node.opType === 'Transpose') transposed = !transposed;
    else if (node.opType === 'DequantizeLinear') {
      stored = dequantised(stored, dequantiserOf(view, files, node, stored, transposed));
    } else if (node.opType === 'Reshape') {
      // A reshape of rows to rows only, or of a matrix that lies as it is seen.
      const dims = view.constant(node.outputs[0]!)?.dims;
      const [newRows, newColumns] = matrixDims(dims ?? []) ?? [0, 0];
      const seen = transposed ? [stored.columns, stored.rows] : [stored.rows, stored.columns];
      if (newRows !== seen[0] || newColumns !== seen[1])
        throw cannotRead(view.model, tensor, 'it is reshaped into another matrix');
    }
  }
  return { stored, transposed };
}

/** Rows and columns of a shape that is a matrix but for dimensions of 1; null for any other. */
function matrixDims(dims: readonly number[]): [number, number] | null {
  if (dims.length < 2) return null;
  const before = dims.slice(0, -2);
  if (before.every((dim) => dim === 1)) return [dims.at(-2)!, dims.at(-1)!];
  return dims.slice(2).every((dim) => dim === 1) ? [dims[0]!, dims[1]!] : null;
}

/** The same matrix with its integers as the floats that they stand for. */
export function dequantised(stored: Stored, { scale, zeroPoint }: Dequantiser): Stored {
  const { columns } = stored;
  return {
    ...stored,
    read(start, end) {
      const values = stored.read(start, end).slice();
      for (let row = start, i = 0; row < end; row++) {
        for (let column = 0; column < columns; column++, i++) {
          values[i] = (values[i]! - (zeroPoint?.at(row, column) ?? 0)) * scale.at(row, column);
        }
      }
      return values;
    },
  };
}

/** Scale and zero point of a DequantizeLinear: one, one a slice of its axis, or one a block of it. */
function dequantiserOf(
  view: GraphView,
  files: WeightFiles,
  node: NodeInfo,
  { rows, columns }: Stored,
  transposed: boolean,
): Dequantiser {
  const given = node.attributes.get('axis')?.i ?? 1;
  const axis = given < 0 ? given + 2 : given;
  const byRow = (axis === 0) !== transposed;
  const block = node.attributes.get('block_size')?.i ?? 0;
  const factors = (tensor: string): Factors => {
    const values = vectorOf(view, files, tensor);
    if (values.length === 1) return { values, at: () => values[0]! };
    if (block === 0) {
      if (values.length !== (byRow ? rows : columns))
        throw cannotRead(view.model, { name: tensor }, 'it has not one scale a slice');
      return { values, at: byRow ? (row) => values[row]! : (_, column) => values[column]! };
    }
    // Scales lie as the weight is seen: [rows / block, columns] or [rows, columns / block].
    const [seenRows, seenColumns] = transposed ? [columns, rows] : [rows, columns];
    const width = axis === 0 ? seenColumns : Math.ceil(seenColumns / block);
    const height = axis === 0 ? Math.ceil(seenRows / block) : seenRows;
    if (values.length !== width * height)
      throw cannotRead(view.model, { name: tensor }, 'it has not one scale a block');
    const seen = (row: number, column: number) =>
      axis === 0
        ? values[Math.floor(row / block) * width + column]!
        : values[row * width + Math.floor(column / block)]!;
    return { values, at: transposed ? (row, column) => seen(column, row) : seen };
  };
  const [, scale, zeroPoint] = node.inputs;
  return {
    scale: factors(scale!),
    zeroPoint: zeroPoint === undefined || zeroPoint === '' ? null : factors(zeroPoint),
  };
}

/** One factor for all, or one for each column of the matrix as it is seen, as operators take them beside a weight. */
export function columnFactors(
  view: GraphView,
  files: WeightFiles,
  tensor: string,
  { stored, transposed }: Matrix,
): Factors {
  const values = vectorOf(view, files, tensor);
  if (values.length === 1) return { values, at: () => values[0]! };
  if (values.length !== (transposed ? stored.rows : stored.columns))
    throw cannotRead(view.model, { name: tensor }, 'it has neither one value nor one a column');
  return { values, at: transposed ? (row) => values[row]! : (_, column) => values[column]! };
}

/**
 * All numbers of a constant, computed where it is a sum or product of constants (a norm's 1 + gain).
 * @throws UserError (69) where it is computed in another way
 */
export function vectorOf(view: GraphView, files: WeightFiles, tensor: string): Float32Array {
  const initializer = view.graph.initializers.get(tensor);
  if (initializer !== undefined) return wholeOf(files, initializer);
  const node = view.producer(tensor);
  if (node?.opType === 'Constant') {
    const given = node.attributes.get('value')?.tensor;
    if (given != null) return wholeOf(files, { ...given, name: tensor });
    const numbers = view.numbers(tensor);
    if (numbers !== null) return Float32Array.from(numbers);
  }
  if (node?.opType === 'DequantizeLinear') {
    const [q, scale, zeroPoint = null] = node.inputs.map((input) =>
      input === '' ? null : vectorOf(view, files, input),
    );
    const of = (factors: Float32Array, i: number) => factors[factors.length === 1 ? 0 : i]!;
    return q!.map((value, i) => (value - (zeroPoint === null ? 0 : of(zeroPoint, i))) * of(scale!, i));
  }
  if (node !== undefined && STEPS.has(node.opType)) return vectorOf(view, files, node.inputs[0]!);
  const combine = { Add: (a: number, b: number) => a + b, Mul: (a: number, b: number) => a * b }[
    node?.opType ?? ''
  ];
  if (combine === undefined)
    throw cannotRead(view.model, { name: tensor }, `it is computed by ${node?.opType ?? 'nothing'}`);
  const [a, b] = node!.inputs.map((input) => vectorOf(view, files, input)) as [Float32Array, Float32Array];
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  if (short.length !== 1 && short.length !== long.length)
    throw cannotRead(view.model, { name: tensor }, 'it is computed from constants of unlike shapes');
  return long.map((value, i) => combine(value, short[short.length === 1 ? 0 : i]!));
}

function wholeOf(files: WeightFiles, tensor: TensorInfo): Float32Array {
  return files.elements(tensor)(
    0,
    tensor.dims.reduce((product, dim) => product * dim, 1),
  );
}

/** Bytes of weights in memory at a time beside those that are asked for. */
const CHUNK_BYTES = 16 * 2 ** 20;

/**
 * Vectors of a matrix as it is seen: its columns, or its rows, with these numbers, one after another.
 * Where they lie across the file all of it is read, a piece at a time.
 */
export function vectors(
  { stored, transposed }: Matrix,
  side: 'rows' | 'columns',
  wanted: Int32Array,
): Float32Array {
  const alongRows = (side === 'rows') !== transposed;
  const length = alongRows ? stored.columns : stored.rows;
  const into = new Float32Array(wanted.length * length);
  if (alongRows) {
    for (let i = 0; i < wanted.length;) {
      // Neighbours are read at once.
      let end = i + 1;
      const most = Math.max(1, Math.floor(CHUNK_BYTES / (4 * length)));
      while (end < wanted.length && end - i < most && wanted[end] === wanted[end - 1]! + 1) end++;
      into.set(stored.read(wanted[i]!, wanted[end - 1]! + 1), i * length);
      i = end;
    }
    return into;
  }
  const step = Math.max(1, Math.floor(CHUNK_BYTES / (4 * stored.columns)));
  for (let row = 0; row < stored.rows; row += step) {
    const end = Math.min(stored.rows, row + step);
    const values = stored.read(row, end);
    for (let i = 0; i < wanted.length; i++) {
      for (let at = row, from = wanted[i]!; at < end; at++, from += stored.columns) {
        into[i * length + at] = values[from]!;
      }
    }
  }
  return into;
}
