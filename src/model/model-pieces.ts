import type { ByteSource } from '../onnx/byte-source.js';
import { nodePart } from '../onnx/copy-node.js';
import { DataType } from '../onnx/data-types.js';
import { fieldOf, type Piece } from '../onnx/pieces.js';
import type { ByteRange, ModelInfo, ValueInfo } from '../onnx/types.js';
import { fieldsOf } from '../onnx/wire.js';
import { bytes, int, message, text, type Part } from '../onnx/write.js';
import { valueInfo } from '../onnx/write-model.js';
import type { ExposedGraph } from './exposed-graph.js';
import { emptySequence, sequenceInfo } from './no-copy.js';
import { initializer, type Weight, type WeightPlace } from './weights.js';

/** Fields of ModelProto and GraphProto (onnx.proto). */
const MODEL = { IR_VERSION: 1, PRODUCER: 2, GRAPH: 7, OPSET: 8, FUNCTION: 25 } as const;
const GRAPH = { NAME: 2, INPUT: 11, OUTPUT: 12, VALUE_INFO: 13 } as const;

/** domain, model_version, doc_string, metadata_props, configuration: what is said of a model as a whole. */
const SAID_OF_MODEL = new Set([4, 5, 6, 14, 26]);
/** sparse_initializer: we know nothing of them, so that they stay; with the whole graph also what is said of it. */
const SPARSE = new Set([15]);
const SAID_OF_GRAPH = new Set([10, 14, 15, 16]);

/** Below this, all initializers must be inputs too, of which pruning leaves none. */
const LEAST_IR_VERSION = 4;

/** An exposed graph as a ModelProto. */
export function modelPieces(exposed: ExposedGraph, placeOf: (weight: Weight) => WeightPlace): Piece[] {
  const { view, nodes, added, weights, inputs, kept, newOutputs, noCopy, whole } = exposed;
  const { model, graph } = view;
  const copy = (field: number, { message: { start, end } }: { message: ByteRange }): Part =>
    bytes(field, model.read(start, end));
  const parts: Piece[] = [
    ...nodes.map((node) => nodePart(model, node)),
    ...added,
    ...(noCopy === null ? [] : [emptySequence(noCopy)]),
    text(GRAPH.NAME, graph.name === '' ? 'graph' : graph.name),
    ...weights.flatMap((weight) => initializer(model, weight, placeOf(weight))),
    ...inputs.map((input) => copy(GRAPH.INPUT, input)),
    // First, as no-copy.ts needs it.
    ...(noCopy === null ? [] : [sequenceInfo(GRAPH.OUTPUT, noCopy)]),
    ...kept.map((output) => copy(GRAPH.OUTPUT, output)),
    ...newOutputs.map((name) => valueInfo(GRAPH.OUTPUT, name, DataType.FLOAT)),
    // Some of ORT's fusions ask for shapes that its own inference does not find
    // (SkipLayerNormalization in graphs of torch's dynamo exporter).
    ...valueInfosOf(exposed).map((value) => copy(GRAPH.VALUE_INFO, value)),
    ...rawFields(model, graph.message, whole ? SAID_OF_GRAPH : SPARSE),
  ];
  return [
    int(MODEL.IR_VERSION, whole ? model.irVersion : Math.max(LEAST_IR_VERSION, model.irVersion)),
    text(MODEL.PRODUCER, 'neuroprobe'),
    ...rawFields(model, { start: 0, end: model.size }, SAID_OF_MODEL),
    ...model.opsets.map(({ domain, version }) => message(MODEL.OPSET, [text(1, domain), int(2, version)])),
    ...model.functions.map((info) => copy(MODEL.FUNCTION, info)),
    ...fieldOf(MODEL.GRAPH, parts),
  ];
}

/** What the graph says of tensors that are left. */
function valueInfosOf({ view, nodes }: ExposedGraph): ValueInfo[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  return [...view.graph.valueInfo.values()].filter(({ name }) => made.has(name));
}

/** Fields with these numbers as they stand in a message of the file. */
function rawFields(model: ModelInfo, { start, end }: ByteRange, numbers: ReadonlySet<number>): Part[] {
  const source: ByteSource = {
    size: model.size,
    byte: (at) => model.read(at, at + 1)[0]!,
    read: (from, to) => model.read(from, to),
  };
  const parts: Part[] = [];
  let from = start;
  for (const { number, value } of fieldsOf(source, { start, end })) {
    // A field's bytes begin where the one before ended.
    if (numbers.has(number)) parts.push(model.read(from, value.end));
    from = value.end;
  }
  return parts;
}
