import { Exit, UserError } from '../../core/errors.js';
import { bytesSource, openFile, type ByteSource } from '../../onnx/byte-source.js';
import { DataType, typeName } from '../../onnx/data-types.js';
import { quote } from '../../onnx/model-fault.js';
import type { ModelInfo, TensorInfo } from '../../onnx/types.js';
import { addFloats, addVarints, fieldsOf } from '../../onnx/wire.js';
import { bytesOfTensor, weightFiles, type WeightFile } from '../external-data.js';

/** Reads elements of weights as numbers, from where their bytes lie. */
export class WeightFiles {
  readonly model: ModelInfo;
  private readonly files: readonly WeightFile[];
  private readonly sources = new Map<string, ByteSource>();

  constructor(model: ModelInfo) {
    this.model = model;
    this.files = weightFiles(model);
  }

  /**
   * How a tensor's elements are read: numbers [start, end) in row-major order, integers as they are.
   * @throws UserError (69) for types that are no numbers we know
   */
  elements(tensor: TensorInfo): (start: number, end: number) => Float32Array {
    const bits = BITS[tensor.dataType];
    if (bits === undefined) throw cannotRead(this.model, tensor, `its type is ${typeName(tensor.dataType)}`);
    const place = bytesOfTensor(this.model, tensor, this.files);
    if (place === null) {
      const all = this.typedElements(tensor);
      return (start, end) => all.subarray(start, end);
    }
    const source = this.sourceOf(place.file);
    return (start, end) => {
      // Two elements of 4 bits share a byte, the first in the lower half.
      const first = Math.floor((start * bits) / 8);
      const bytes = source.read(place.offset + first, place.offset + Math.ceil((end * bits) / 8));
      return decode(bytes, tensor.dataType, start - (first * 8) / bits, end - start);
    };
  }

  /** The bytes of a packed weight, [start, end). */
  bytes(tensor: TensorInfo): (start: number, end: number) => Uint8Array {
    const place = bytesOfTensor(this.model, tensor, this.files);
    if (place === null) {
      const all = Uint8Array.from(this.typedElements(tensor));
      return (start, end) => all.subarray(start, end);
    }
    const source = this.sourceOf(place.file);
    return (start, end) => source.read(place.offset + start, place.offset + end);
  }

  /** Elements that stand in float_data, int32_data …: whole, for nothing says where one begins. */
  private typedElements(tensor: TensorInfo): Float32Array {
    const { start, end } = tensor.message;
    const source = bytesSource(this.model.read(start, end));
    const values: number[] = [];
    for (const field of fieldsOf(source, { start: 0, end: source.size })) {
      if (field.number === 4) addFloats(source, field, values);
      else if (field.number === 5 || field.number === 7) addVarints(source, field, values);
    }
    if (tensor.dataType === DataType.FLOAT16) return Float32Array.from(values, (bits) => halves()[bits]!);
    if (tensor.dataType === DataType.BFLOAT16) return brainHalves(Uint16Array.from(values));
    const elements = tensor.dims.reduce((product, dim) => product * dim, 1);
    if (values.length !== elements)
      throw cannotRead(this.model, tensor, 'it has not as many elements as its shape wants');
    return Float32Array.from(values);
  }

  private sourceOf({ realPath }: WeightFile): ByteSource {
    let source = this.sources.get(realPath);
    if (source === undefined) this.sources.set(realPath, (source = openFile(realPath)));
    return source;
  }
}

export function cannotRead(model: ModelInfo, { name }: Pick<TensorInfo, 'name'>, why: string): UserError {
  return new UserError({
    what: `the weight ${quote(name)} cannot be read: ${why}`,
    where: model.path,
    todo: 'export the model in float32, float16, or with a quantiser that docs/weights.md names',
    exit: Exit.MODEL,
  });
}

const BITS: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: 32,
  [DataType.DOUBLE]: 64,
  [DataType.FLOAT16]: 16,
  [DataType.BFLOAT16]: 16,
  [DataType.INT32]: 32,
  [DataType.INT8]: 8,
  [DataType.UINT8]: 8,
  [DataType.INT4]: 4,
  [DataType.UINT4]: 4,
};

/** @param skip elements before the first that is wanted */
function decode(bytes: Uint8Array, dataType: number, skip: number, count: number): Float32Array {
  // Typed arrays want aligned bytes, which a file does not promise; slice() moves them.
  const { buffer } = bytes.byteOffset === 0 ? bytes : bytes.slice();
  switch (dataType) {
    case DataType.FLOAT:
      return new Float32Array(buffer, 0, count);
    case DataType.DOUBLE:
      return Float32Array.from(new Float64Array(buffer, 0, count));
    case DataType.FLOAT16: {
      const table = halves();
      return Float32Array.from(new Uint16Array(buffer, 0, count), (bits) => table[bits]!);
    }
    case DataType.BFLOAT16:
      return brainHalves(new Uint16Array(buffer, 0, count));
    case DataType.INT32:
      return Float32Array.from(new Int32Array(buffer, 0, count));
    case DataType.INT8:
      return Float32Array.from(new Int8Array(buffer, 0, count));
    case DataType.UINT8:
      return Float32Array.from(new Uint8Array(buffer, 0, count));
    default: {
      const signed = dataType === DataType.INT4;
      return Float32Array.from({ length: count }, (_, i) => {
        const nibble = (bytes[(skip + i) >> 1]! >> (4 * ((skip + i) & 1))) & 15;
        return signed && nibble > 7 ? nibble - 16 : nibble;
      });
    }
  }
}

let table: Float32Array | null = null;

/** The value of each of the 65,536 halves (IEEE 754 binary16), made when first asked for. */
function halves(): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => {
    const sign = bits >> 15 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return table;
}

/** bfloat16 is the upper half of a float32. */
function brainHalves(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}
