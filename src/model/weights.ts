import { DataType } from '../onnx/data-types.js';
import { fieldOf, type FileRange, type Piece } from '../onnx/pieces.js';
import type { ModelInfo, NodeInfo, TensorInfo } from '../onnx/types.js';
import { int, text } from '../onnx/write.js';
import { externalInitializer } from '../onnx/write-model.js';
import { bytesOfTensor, weightFiles, type WeightFile } from './external-data.js';
import type { Pruned } from './prune.js';

/** A tensor that an exposed model holds, and where its bytes lie today. */
export interface Weight {
  tensor: TensorInfo;
  /** null where they stand in typed fields of the .onnx file (`float_data` …), which cannot be pointed at. */
  place: { file: WeightFile; offset: number; length: number } | null;
  /** Whether it must stand in the model itself. */
  small: boolean;
}

/** Where a weight's bytes shall lie: in the model itself, or in a file beside it. */
export type WeightPlace = 'inside' | { location: string; offset: number; length: number };

/**
 * Weights up to this many bytes stand in the model itself: ONNX Runtime's shape
 * inference cannot read external tensors, and shapes, axes and scalars are small.
 */
const LARGEST_SMALL = 1024;

/** Shapes written as constants are of this type, whatever their size; no weight is. */
const SHAPE_TYPES = new Set<number>([DataType.INT64]);
const LARGEST_SHAPE = 1 << 20;

/** Field numbers of GraphProto and TensorProto. */
const INITIALIZER = 5;
const RAW_DATA = 9;

/** The weights of what is left of a graph, Constants too large to be copied with their node among them. */
export function weightsOf(
  model: ModelInfo,
  { nodes, initializers }: Pruned,
): { nodes: NodeInfo[]; weights: Weight[] } {
  const files = weightFiles(model);
  const constants = nodes.map(largeConstant);
  const tensors = [...initializers, ...constants.filter((tensor) => tensor !== null)];
  return {
    nodes: nodes.filter((_, i) => constants[i] === null),
    weights: tensors.map((tensor) => {
      const place = bytesOfTensor(model, tensor, files);
      return { tensor, place, small: place === null || isSmall(tensor.dataType, place.length) };
    }),
  };
}

/** A weight as a field of its graph. */
export function initializer(model: ModelInfo, { tensor, place }: Weight, to: WeightPlace): Piece[] {
  const { name, dataType, dims, message } = tensor;
  if (to !== 'inside') return [externalInitializer(name, dataType, dims, to)];
  if (place === null) return fieldOf(INITIALIZER, [model.read(message.start, message.end)]);
  return fieldOf(INITIALIZER, [
    ...dims.map((dim) => int(1, dim)),
    int(2, dataType),
    text(8, name),
    ...fieldOf(RAW_DATA, [rangeOf(place)]),
  ]);
}

export function rangeOf({ file, offset, length }: NonNullable<Weight['place']>): FileRange {
  return { file: file.realPath, offset, length };
}

/** The weight of a Constant node that is too large to be copied, under the name of the node's output. */
function largeConstant({ opType, attributes, outputs }: NodeInfo): TensorInfo | null {
  const value = opType === 'Constant' ? attributes.get('value')?.tensor : null;
  if (value == null) return null;
  const large = value.raw !== null && value.raw.end - value.raw.start > LARGEST_SMALL;
  return large || value.external !== null ? { ...value, name: outputs[0]! } : null;
}

function isSmall(dataType: number, length: number): boolean {
  return length <= LARGEST_SMALL || (SHAPE_TYPES.has(dataType) && length <= LARGEST_SHAPE);
}
