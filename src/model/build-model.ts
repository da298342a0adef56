import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { DataType } from '../onnx/data-types.js';
import { nodePart } from '../onnx/copy-node.js';
import type { GraphView } from '../onnx/graph-view.js';
import type { ModelInfo, NodeInfo, TensorInfo } from '../onnx/types.js';
import { bytes, type Part } from '../onnx/write.js';
import {
  externalInitializer,
  inlineInitializer,
  intAttribute,
  modelProto,
  node,
  valueInfo,
} from '../onnx/write-model.js';
import { bytesOfTensor, weightFiles, type WeightFile } from './external-data.js';
import { prune, type Pruned } from './prune.js';
import { quantisationOf, type Quantisation } from './quantised.js';

/** A ModelProto in memory whose large weights stay in the model's own files. */
export interface BuiltModel {
  modelBytes: Uint8Array;
  /** Deepest folder that holds all of those files; locations in the model are relative to it. */
  externalFolder: string;
  /** Names of the outputs, one a tapped tensor, in their order. */
  outputs: string[];
  pruned: Pruned;
}

/**
 * Weights up to this many bytes stand in the model itself: ONNX Runtime's shape
 * inference cannot read external tensors, and shapes, axes and scalars are small.
 */
const LARGEST_INLINE = 1024;

/** Shapes written as constants are of this type, whatever their size; no weight is. */
const SHAPE_TYPES = new Set<number>([DataType.INT64]);
const LARGEST_SHAPE = 1 << 20;

/** Fields of GraphProto. */
const FIELD = { NODE: 1, NAME: 2, INITIALIZER: 5, INPUT: 11, OUTPUT: 12 } as const;

/**
 * The model that computes `tensors` and nothing else, with each as a float32
 * output behind a Cast of our own: an output that is itself the value between
 * two nodes breaks their fusion, a Cast behind it does not.
 */
export function buildModel(view: GraphView, tensors: readonly string[]): BuiltModel {
  const { model, graph } = view;
  const quantised = tensors.map((tensor) => quantisationOf(view, tensor));
  const scales = quantised.flatMap((how) => (how === null ? [] : [how.scale, how.zeroPoint]));
  const pruned = prune(view, [...tensors, ...scales.filter((name) => name !== '')]);
  const files = weightFiles(model);
  const names = outputNames(view, tensors.length);
  const constants = pruned.nodes.map(largeConstant);
  const weights = [...pruned.initializers, ...constants.filter((tensor) => tensor !== null)];
  const externalFolder = commonFolder(files);
  const copy = (field: number, { start, end }: { start: number; end: number }): Part =>
    bytes(field, model.read(start, end));
  const parts: Part[] = [
    ...pruned.nodes.filter((_, i) => constants[i] === null).map((kept) => nodePart(model, kept)),
    ...tensors.flatMap((tensor, i) => outputNodes(tensor, quantised[i]!, names[i]!)),
    bytes(FIELD.NAME, Buffer.from(graph.name === '' ? 'graph' : graph.name)),
    ...weights.map((tensor) => initializer(model, tensor, files, externalFolder)),
    ...pruned.inputs.map(({ message }) => copy(FIELD.INPUT, message)),
    ...names.map((name) => valueInfo(FIELD.OUTPUT, name, DataType.FLOAT)),
  ];
  const functions = model.functions.map(({ message: { start, end } }) => model.read(start, end));
  return {
    modelBytes: modelProto(model.irVersion, model.opsets, parts, functions),
    externalFolder,
    outputs: names,
    pruned,
  };
}

/** Behind a tap: a Cast to float32, of integers a DequantizeLinear before it. */
function outputNodes(tensor: string, quantised: Quantisation | null, name: string): Part[] {
  const cast = (from: string) =>
    node('Cast', `${name}/Cast`, [from], [name], [intAttribute('to', DataType.FLOAT)]);
  if (quantised === null) return [cast(tensor)];
  const { scale, zeroPoint } = quantised;
  const inputs = [tensor, scale, ...(zeroPoint === '' ? [] : [zeroPoint])];
  return [node('DequantizeLinear', `${name}/Dequantize`, inputs, [`${name}/float`]), cast(`${name}/float`)];
}

/** The weight of a Constant node that is too large to be copied, under the name of the node's output. */
function largeConstant({ opType, attributes, outputs }: NodeInfo): TensorInfo | null {
  const value = opType === 'Constant' ? attributes.get('value')?.tensor : null;
  if (value == null || value.raw === null || value.raw.end - value.raw.start <= LARGEST_INLINE) return null;
  return { ...value, name: outputs[0]! };
}

function initializer(
  model: ModelInfo,
  tensor: TensorInfo,
  files: readonly WeightFile[],
  folder: string,
): Part {
  const place = bytesOfTensor(model, tensor, files);
  // Typed fields (float_data …) cannot be pointed at.
  if (place === null) return bytes(FIELD.INITIALIZER, model.read(tensor.message.start, tensor.message.end));
  const { file, offset, length } = place;
  const small = length <= LARGEST_INLINE || (SHAPE_TYPES.has(tensor.dataType) && length <= LARGEST_SHAPE);
  if (small) {
    return inlineInitializer(
      tensor.name,
      tensor.dataType,
      tensor.dims,
      readBytes(file.realPath, offset, length),
    );
  }
  // ONNX writes locations with slashes on every platform.
  const location = path.relative(folder, file.realPath).split(path.sep).join('/');
  return externalInitializer(tensor.name, tensor.dataType, tensor.dims, { location, offset, length });
}

function readBytes(file: string, offset: number, length: number): Uint8Array {
  const fd = openSync(file, 'r');
  try {
    const data = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const got = readSync(fd, data, done, length - done, offset + done);
      if (got === 0) throw new RangeError(`${file} ends early`);
      done += got;
    }
    return data;
  } finally {
    closeSync(fd);
  }
}

function commonFolder(files: readonly WeightFile[]): string {
  const [first, ...rest] = files.map(({ realPath }) => path.dirname(realPath).split(path.sep));
  let shared = first!.length;
  for (const parts of rest) {
    let same = 0;
    while (same < shared && parts[same] === first![same]) same++;
    shared = same;
  }
  return first!.slice(0, shared).join(path.sep) || path.parse(files[0]!.realPath).root;
}

/** Names that no tensor of the graph has. */
function outputNames(view: GraphView, count: number): string[] {
  const taken = (prefix: string) =>
    [...view.graph.initializers.keys(), ...view.graph.inputs.map(({ name }) => name)].some((name) =>
      name.startsWith(prefix),
    ) || view.graph.nodes.some(({ outputs }) => outputs.some((name) => name.startsWith(prefix)));
  let prefix = 'neuroprobe';
  while (taken(prefix)) prefix += '_';
  return Array.from({ length: count }, (_, i) => `${prefix}/${i}`);
}
