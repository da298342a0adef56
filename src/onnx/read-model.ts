import { existsSync, statSync } from 'node:fs';
import { Exit, UserError } from '../core/errors.js';
import { openFile, type ByteSource } from './byte-source.js';
import { checkTensor } from './check-tensor.js';
import { ModelFault, quote } from './model-fault.js';
import { orderGraph, orderNodes } from './order-nodes.js';
import { addFloats, addVarints, fieldsOf, messageOf, textOf, varintOf, WireError } from './wire.js';
import type {
  AttributeInfo,
  ByteRange,
  FunctionInfo,
  GraphInfo,
  ModelInfo,
  NodeInfo,
  TensorInfo,
  ValueInfo,
} from './types.js';

/** Subgraphs within subgraphs; real models have three at most. */
const DEEPEST = 32;
/** Inputs and outputs of a node; the widest join a few hundred tensors. */
const MOST_OPERANDS = 1 << 14;
/** TensorProto.DataLocation: the bytes are in a file of their own. */
const EXTERNAL = 1;

/**
 * Indexes an .onnx file: its structure and where its bytes lie. No weights are
 * read, so a model of gigabytes costs as little as its graph.
 * The nodes of each graph come in order of execution, each tensor has one maker,
 * and each weight has the bytes of its shape.
 * @throws UserError: 66 where there is no file, 69 where it is not a whole and sound ONNX model
 */
export function readModel(path: string): ModelInfo {
  if (!existsSync(path)) {
    throw new UserError({
      what: 'no such file',
      where: path,
      todo: 'give the path of an .onnx file or of its folder',
      exit: Exit.NO_INPUT,
    });
  }
  if (!statSync(path).isFile()) throw notOnnx('this is not a file', path, 'give the path of an .onnx file');
  const source = openFile(path);
  refuseOther(source, path);
  try {
    return modelOf(source, path);
  } catch (error) {
    if (error instanceof ModelFault) {
      throw notOnnx(
        error.message,
        path,
        'export the model again: onnx.checker says what is wrong with it',
        error,
      );
    }
    if (!(error instanceof WireError)) throw error;
    throw notOnnx(
      error.truncated ? 'this ONNX file is cut short' : 'this is not an ONNX model',
      `${path}, byte ${error.at}: ${error.message}`,
      error.truncated
        ? `it has ${source.size} bytes; fetch it again, whole`
        : 'give the .onnx file that the exporter wrote',
      error,
    );
  }
}

/** What is often given in place of a model is told by its first bytes. */
function refuseOther(source: ByteSource, path: string): void {
  if (source.size === 0) throw notOnnx('this file is empty', path, 'export or fetch the model again');
  const head = Buffer.from(source.read(0, Math.min(64, source.size))).toString('latin1');
  if (head.startsWith('version https://git-lfs')) {
    throw notOnnx('this is a Git LFS pointer, not the model', path, 'fetch the model itself: git lfs pull');
  }
  if (head.slice(4, 8) === 'ORTM') {
    throw notOnnx(
      'this is an .ort file, which holds no ONNX graph',
      path,
      'give the .onnx file that it was made from',
    );
  }
  if (/^\s*[{<[]/.test(head) && !head.includes('\0')) {
    throw notOnnx('this is text, not an ONNX model', path, 'give the .onnx file that the exporter wrote');
  }
}

function modelOf(source: ByteSource, path: string): ModelInfo {
  const model: Omit<ModelInfo, 'graph'> & { graph: GraphInfo | null } = {
    path,
    size: source.size,
    irVersion: 0,
    opsets: [],
    producer: '',
    graph: null,
    functions: [],
    read: (start, end) => source.read(start, end),
  };
  for (const field of fieldsOf(source, { start: 0, end: source.size })) {
    if (field.number === 1) model.irVersion = varintOf(source, field);
    else if (field.number === 2) model.producer = textOf(source, field);
    else if (field.number === 7) {
      if (model.graph !== null) throw new ModelFault('it holds two graphs');
      model.graph = graphOf(source, messageOf(field), 0);
    } else if (field.number === 8) model.opsets.push(opsetOf(source, messageOf(field)));
    else if (field.number === 25) model.functions.push(functionOf(source, messageOf(field)));
  }
  const { graph } = model;
  if (graph === null || graph.nodes.length === 0) throw new WireError('it holds no graph', 0);
  orderGraph(graph);
  return { ...model, graph };
}

function graphOf(source: ByteSource, message: ByteRange, depth: number): GraphInfo {
  if (depth > DEEPEST) throw new WireError(`graphs nested more than ${DEEPEST} deep`, message.start);
  const graph: GraphInfo = {
    name: '',
    nodes: [],
    initializers: new Map(),
    sparse: new Set(),
    inputs: [],
    outputs: [],
    valueInfo: new Map(),
    message,
  };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) graph.nodes.push(nodeOf(source, messageOf(field), graph.nodes.length, depth));
    else if (field.number === 2) graph.name = textOf(source, field);
    else if (field.number === 5) {
      // Of two initializers with one name the later counts, as it does for ONNX Runtime.
      const tensor = tensorOf(source, messageOf(field));
      graph.initializers.set(tensor.name, tensor);
    } else if (field.number === 11) graph.inputs.push(valueOf(source, messageOf(field)));
    else if (field.number === 12) graph.outputs.push(valueOf(source, messageOf(field)));
    else if (field.number === 13) {
      const value = valueOf(source, messageOf(field));
      graph.valueInfo.set(value.name, value);
    } else if (field.number === 15) graph.sparse.add(sparseName(source, messageOf(field)));
  }
  return graph;
}

/** SparseTensorProto is named by the tensor of its values. */
function sparseName(source: ByteSource, message: ByteRange): string {
  let name = '';
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) name = tensorOf(source, messageOf(field)).name;
  }
  return name;
}

function nodeOf(source: ByteSource, message: ByteRange, index: number, depth: number): NodeInfo {
  const node: NodeInfo = {
    index,
    name: '',
    opType: '',
    domain: '',
    inputs: [],
    outputs: [],
    attributes: new Map(),
    message,
  };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) node.inputs.push(textOf(source, field));
    else if (field.number === 2) node.outputs.push(textOf(source, field));
    else if (field.number === 3) node.name = textOf(source, field);
    else if (field.number === 4) node.opType = textOf(source, field);
    else if (field.number === 5) {
      const attribute = attributeOf(source, messageOf(field), depth);
      node.attributes.set(attribute.name, attribute);
    } else if (field.number === 7) node.domain = textOf(source, field);
  }
  if (Math.max(node.inputs.length, node.outputs.length) > MOST_OPERANDS) {
    throw new ModelFault(
      `the ${node.opType.slice(0, 100)} ${quote(node.name)} has more than ${MOST_OPERANDS} inputs or outputs`,
    );
  }
  // `ai.onnx` is the long name of the standard domain.
  if (node.domain === 'ai.onnx') node.domain = '';
  return node;
}

function attributeOf(source: ByteSource, message: ByteRange, depth: number): AttributeInfo {
  const attribute: AttributeInfo = {
    name: '',
    type: 0,
    f: null,
    i: null,
    s: null,
    ints: null,
    floats: null,
    strings: null,
    tensor: null,
    graph: null,
    reference: null,
    message,
  };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) attribute.name = textOf(source, field);
    else if (field.number === 2) attribute.f = addFloats(source, field, []).at(-1) ?? null;
    else if (field.number === 3) attribute.i = varintOf(source, field);
    else if (field.number === 4) attribute.s = textOf(source, field);
    else if (field.number === 5) attribute.tensor = tensorOf(source, messageOf(field));
    else if (field.number === 6) attribute.graph = graphOf(source, messageOf(field), depth + 1);
    else if (field.number === 7) addFloats(source, field, (attribute.floats ??= []));
    else if (field.number === 8) addVarints(source, field, (attribute.ints ??= []));
    else if (field.number === 9) (attribute.strings ??= []).push(textOf(source, field));
    else if (field.number === 20) attribute.type = varintOf(source, field);
    else if (field.number === 21) attribute.reference = textOf(source, field);
  }
  return attribute;
}

function tensorOf(source: ByteSource, message: ByteRange): TensorInfo {
  const tensor: TensorInfo = { name: '', dataType: 0, dims: [], message, raw: null, external: null };
  const external = new Map<string, string>();
  let place = 0;
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) addVarints(source, field, tensor.dims);
    else if (field.number === 2) tensor.dataType = varintOf(source, field);
    else if (field.number === 8) tensor.name = textOf(source, field);
    else if (field.number === 9) tensor.raw = messageOf(field);
    else if (field.number === 13) {
      const { key, value } = entryOf(source, messageOf(field));
      external.set(key, value);
    } else if (field.number === 14) place = varintOf(source, field);
  }
  if (place === EXTERNAL) {
    tensor.raw = null;
    tensor.external = externalOf(tensor.name, external);
  }
  checkTensor(tensor);
  return tensor;
}

function externalOf(name: string, entries: ReadonlyMap<string, string>): TensorInfo['external'] {
  const number = (key: string) => {
    const value = entries.get(key) ?? null;
    if (value === null) return null;
    if (!/^\d{1,15}$/.test(value))
      throw new ModelFault(`the weight ${quote(name)} has ${quote(value)} as ${key} of its external data`);
    return Number(value);
  };
  const location = entries.get('location');
  if (location === undefined)
    throw new ModelFault(`the weight ${quote(name)} does not say which file it is in`);
  return { location, offset: number('offset') ?? 0, length: number('length') };
}

/** StringStringEntryProto. */
function entryOf(source: ByteSource, message: ByteRange): { key: string; value: string } {
  const entry = { key: '', value: '' };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) entry.key = textOf(source, field);
    else if (field.number === 2) entry.value = textOf(source, field);
  }
  return entry;
}

function valueOf(source: ByteSource, message: ByteRange): ValueInfo {
  const value: ValueInfo = { name: '', dataType: 0, dims: null, message };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) value.name = textOf(source, field);
    if (field.number !== 2) continue;
    for (const type of fieldsOf(source, messageOf(field))) {
      if (type.number !== 1) continue; // tensor_type; sequences, maps and optionals have no shape of use
      for (const part of fieldsOf(source, messageOf(type))) {
        if (part.number === 1) value.dataType = varintOf(source, part);
        else if (part.number === 2) value.dims = shapeOf(source, messageOf(part));
      }
    }
  }
  return value;
}

function shapeOf(source: ByteSource, message: ByteRange): (number | string | null)[] {
  const dims: (number | string | null)[] = [];
  for (const field of fieldsOf(source, message)) {
    if (field.number !== 1) continue;
    let dim: number | string | null = null;
    for (const part of fieldsOf(source, messageOf(field))) {
      // Some exporters write -1 where a dimension is free.
      if (part.number === 1) dim = free(varintOf(source, part));
      else if (part.number === 2) dim = textOf(source, part);
    }
    dims.push(dim);
  }
  return dims;
}

function free(dim: number): number | null {
  return dim < 0 ? null : dim;
}

function opsetOf(source: ByteSource, message: ByteRange): { domain: string; version: number } {
  const opset = { domain: '', version: 0 };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) opset.domain = textOf(source, field);
    else if (field.number === 2) opset.version = varintOf(source, field);
  }
  return opset;
}

function functionOf(source: ByteSource, message: ByteRange): FunctionInfo {
  const info: FunctionInfo = {
    name: '',
    domain: '',
    inputs: [],
    outputs: [],
    attributes: [],
    defaults: new Map(),
    nodes: [],
    opsets: [],
    message,
  };
  for (const field of fieldsOf(source, message)) {
    if (field.number === 1) info.name = textOf(source, field);
    else if (field.number === 4) info.inputs.push(textOf(source, field));
    else if (field.number === 5) info.outputs.push(textOf(source, field));
    else if (field.number === 6) info.attributes.push(textOf(source, field));
    else if (field.number === 7) info.nodes.push(nodeOf(source, messageOf(field), info.nodes.length, 0));
    else if (field.number === 9) info.opsets.push(opsetOf(source, messageOf(field)));
    else if (field.number === 10) info.domain = textOf(source, field);
    else if (field.number === 11) {
      const attribute = attributeOf(source, messageOf(field), 0);
      info.defaults.set(attribute.name, attribute);
    }
  }
  const inputs = new Set(info.inputs);
  info.nodes = orderNodes(info.nodes, { given: (tensor) => inputs.has(tensor), outputs: info.outputs });
  return info;
}

function notOnnx(what: string, where: string, todo: string, cause?: unknown): UserError {
  return new UserError({ what, where, todo, exit: Exit.MODEL, cause });
}
