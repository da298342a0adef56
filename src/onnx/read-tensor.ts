import { DataType } from './data-types.js';
import { bytesSource } from './byte-source.js';
import type { ModelInfo, TensorInfo } from './types.js';
import { addFloats, addVarints, fieldsOf, WireError } from './wire.js';

/** Elements that a tensor may have to be read here: shapes, axes and scalars are far below. */
const LARGEST = 4096;
/** Bytes of its message: elements of ten bytes at most, and room for its names. */
const LARGEST_MESSAGE = 64 * 1024;

/**
 * The numbers of a small tensor (a shape, an axis, a scalar).
 * @returns null where the tensor is large, external, or of a type without plain numbers
 */
export function readSmallTensor(model: ModelInfo, tensor: TensorInfo): number[] | null {
  const elements = tensor.dims.reduce((product, dim) => product * dim, 1);
  const { external, raw, dataType, message } = tensor;
  if (external !== null || elements > LARGEST) return null;
  if (raw !== null) return rawNumbers(model.read(raw.start, raw.end), dataType);
  if (message.end - message.start > LARGEST_MESSAGE) return null;
  const values = typedNumbers(model.read(message.start, message.end));
  if (values?.length !== elements) return null;
  // Halves stand in int32_data, by their bits.
  if (dataType === DataType.FLOAT16) return values.map(fromHalf);
  return dataType === DataType.BFLOAT16 ? values.map(fromBrainHalf) : values;
}

/** float_data, int32_data or int64_data; null where they are no such numbers, as ONNX Runtime will say in turn. */
function typedNumbers(message: Uint8Array): number[] | null {
  const source = bytesSource(message);
  const values: number[] = [];
  try {
    for (const field of fieldsOf(source, { start: 0, end: source.size })) {
      if (field.number === 4) addFloats(source, field, values);
      else if (field.number === 5 || field.number === 7) addVarints(source, field, values);
    }
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
  return values;
}

function rawNumbers(bytes: Uint8Array, dataType: number): number[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = (size: number, at: (offset: number) => number) =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => at(i * size));
  switch (dataType) {
    case DataType.FLOAT:
      return read(4, (at) => view.getFloat32(at, true));
    case DataType.DOUBLE:
      return read(8, (at) => view.getFloat64(at, true));
    case DataType.FLOAT16:
      return read(2, (at) => fromHalf(view.getUint16(at, true)));
    case DataType.BFLOAT16:
      return read(2, (at) => fromBrainHalf(view.getUint16(at, true)));
    case DataType.INT64:
      return read(8, (at) => Number(view.getBigInt64(at, true)));
    case DataType.INT32:
      return read(4, (at) => view.getInt32(at, true));
    case DataType.INT8:
      return read(1, (at) => view.getInt8(at));
    case DataType.UINT8:
    case DataType.BOOL:
      return read(1, (at) => view.getUint8(at));
    default:
      return null;
  }
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function fromBrainHalf(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!;
}
