/*
 * A model of GPT-2 small's shape (Radford et al. 2019) with random weights: 12 layers, d_model 768, d_mlp 3072,
 * 50,257 tokens, 1,024 positions, tanh GELU, tied head; the nodes that torch's exporter writes for it, its
 * weights in a file of their own. Half a gigabyte, so it lies in the temporary folder and is made once.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataType } from '../../dist/onnx/data-types.js';
import {
  externalInitializer,
  inlineInitializer,
  intAttribute,
  intsAttribute,
  floatAttribute,
  modelProto,
  node,
  valueInfo,
} from '../../dist/onnx/write-model.js';
import { text } from '../../dist/onnx/write.js';
import { emptySequence, sequenceInfo } from '../../dist/model/no-copy.js';
import { generator } from './random.js';

export const GPT2_SMALL = {
  layers: 12,
  dModel: 768,
  dMlp: 3072,
  heads: 12,
  vocabulary: 50_257,
  positions: 1024,
};

const OPSET = 17;
const IR_VERSION = 8;
const EPSILON = 1e-5;
/** GPT-2's initialisation: uniform here, of the same spread. */
const WEIGHT_STD = 0.02;
const WEIGHTS = 'model.onnx.data';
/** The output of the quiet model that is no tensor. */
export const NOTHING = 'nothing';

/**
 * The model's path, written first where it is not there yet. `quiet` is the same model with an empty sequence as
 * first output (see src/model/no-copy.ts), so that running it with its head need not copy the logits either.
 */
export function gpt2Model(shape = GPT2_SMALL) {
  const source = readFileSync(fileURLToPath(import.meta.url));
  const hash = createHash('sha256').update(source).update(JSON.stringify(shape)).digest('hex').slice(0, 12);
  const folder = path.join(os.tmpdir(), 'neuroprobe-bench', `gpt2-${hash}`);
  const made = { model: path.join(folder, 'model.onnx'), quiet: path.join(folder, 'quiet.onnx') };
  if (existsSync(made.model)) return made;
  mkdirSync(folder, { recursive: true });
  const writer = new ModelWriter(path.join(folder, WEIGHTS));
  const { model, quiet } = writeGraph(writer, shape);
  writer.close();
  writeFileSync(made.quiet, quiet);
  // Last, and in one step: a folder that was left half-written has no model.
  writeFileSync(`${made.model}.part`, model);
  renameSync(`${made.model}.part`, made.model);
  return made;
}

function writeGraph(graph, { layers, dModel, dMlp, heads, vocabulary, positions }) {
  const table = graph.weight('wte.weight', [vocabulary, dModel]);
  const mask = causalMask(graph);
  const length = graph.op('Gather', [graph.op('Shape', ['input_ids']), graph.ints('one', 1)]);
  const range = graph.op('Range', [
    graph.scalarInt('from', 0),
    graph.op('Squeeze', [length]),
    graph.scalarInt('step', 1),
  ]);
  let x = graph.op('Add', [
    graph.op('Gather', [table, 'input_ids']),
    graph.op('Gather', [graph.weight('wpe.weight', [positions, dModel]), range]),
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const name = `h.${layer}`;
    const attended = attention(graph, layerNorm(graph, x, `${name}.ln_1`, dModel), {
      name,
      dModel,
      heads,
      mask,
    });
    x = graph.op('Add', [x, attended]);
    x = graph.op('Add', [x, mlp(graph, layerNorm(graph, x, `${name}.ln_2`, dModel), { name, dModel, dMlp })]);
  }
  const last = layerNorm(graph, x, 'ln_f', dModel);
  const head = graph.op('Transpose', [table], [intsAttribute('perm', [1, 0])]);
  return graph.finish(graph.op('MatMul', [last, head]), ['batch', 'sequence', vocabulary]);
}

/** [batch, 1, sequence, sequence]: 0 where a position may look, the lowest float where not. */
function causalMask(graph) {
  const shape = graph.op('Shape', ['input_ids']);
  const length = graph.op('Squeeze', [graph.op('Gather', [shape, graph.ints('one', 1)])]);
  const range = graph.op('Range', [graph.scalarInt('from', 0), length, graph.scalarInt('step', 1)]);
  const rows = graph.op('Unsqueeze', [range, graph.ints('axis 1', 1)]);
  const columns = graph.op('Unsqueeze', [range, graph.ints('axis 0', 0)]);
  const causal = graph.op('LessOrEqual', [columns, rows]);
  const attended = graph.op('Unsqueeze', [
    graph.op('Cast', ['attention_mask'], [intAttribute('to', DataType.BOOL)]),
    graph.ints('axes 1 2', 1, 2),
  ]);
  const visible = graph.op('And', [causal, attended]);
  return graph.op('Where', [
    visible,
    graph.scalar('zero', 0),
    graph.scalar('lowest', -3.4028234663852886e38),
  ]);
}

function layerNorm(graph, x, name, width) {
  const weight = graph.constant(`${name}.weight`, width, 1);
  const bias = graph.constant(`${name}.bias`, width, 0);
  return graph.op(
    'LayerNormalization',
    [x, weight, bias],
    [intAttribute('axis', -1), floatAttribute('epsilon', EPSILON)],
  );
}

function attention(graph, x, { name, dModel, heads, mask }) {
  const headSize = dModel / heads;
  const [q, k, v] = graph.ops('Split', [linear(graph, x, `${name}.attn.c_attn`, dModel, 3 * dModel)], 3, [
    intAttribute('axis', -1),
  ]);
  const split = graph.ints(`heads ${headSize}`, 0, 0, heads, headSize);
  const turned = (from, perm) =>
    graph.op('Transpose', [graph.op('Reshape', [from, split])], [intsAttribute('perm', perm)]);
  // The exporter of scaled_dot_product_attention scales both sides by the fourth root.
  const scale = graph.scalar(`scale ${headSize}`, headSize ** -0.25);
  const scores = graph.op('MatMul', [
    graph.op('Mul', [turned(q, [0, 2, 1, 3]), scale]),
    graph.op('Mul', [turned(k, [0, 2, 3, 1]), scale]),
  ]);
  const weights = graph.op('Softmax', [graph.op('Add', [scores, mask])], [intAttribute('axis', -1)]);
  const mixed = graph.op(
    'Transpose',
    [graph.op('MatMul', [weights, turned(v, [0, 2, 1, 3])])],
    [intsAttribute('perm', [0, 2, 1, 3])],
  );
  const joined = graph.op('Reshape', [mixed, graph.ints('joined', 0, 0, dModel)]);
  return linear(graph, joined, `${name}.attn.c_proj`, dModel, dModel);
}

function mlp(graph, x, { name, dModel, dMlp }) {
  const hidden = linear(graph, x, `${name}.mlp.c_fc`, dModel, dMlp);
  return linear(graph, newGelu(graph, hidden), `${name}.mlp.c_proj`, dMlp, dModel);
}

/** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), Hendrycks & Gimpel 2016, in the nodes of Hugging Face's NewGELU. */
function newGelu(graph, x) {
  const cube = graph.op('Pow', [x, graph.scalar('three', 3)]);
  const inner = graph.op('Add', [x, graph.op('Mul', [cube, graph.scalar('cubic', 0.044715)])]);
  const tanh = graph.op('Tanh', [graph.op('Mul', [inner, graph.scalar('root', Math.sqrt(2 / Math.PI))])]);
  const half = graph.op('Mul', [x, graph.scalar('half', 0.5)]);
  return graph.op('Mul', [half, graph.op('Add', [tanh, graph.scalar('unit', 1)])]);
}

function linear(graph, x, name, inputs, outputs) {
  const product = graph.op('MatMul', [x, graph.weight(`${name}.weight`, [inputs, outputs])]);
  return graph.op('Add', [graph.constant(`${name}.bias`, outputs, 0), product]);
}

/** Collects a graph's fields, and writes large weights to their file as they come. */
class ModelWriter {
  #parts = [];
  #names = new Set();
  #count = 0;
  #random = generator(1);
  #file;
  #offset = 0;

  constructor(weightFile) {
    this.#file = openSync(weightFile, 'w');
  }

  op(opType, inputs, attributes = []) {
    return this.ops(opType, inputs, 1, attributes)[0];
  }

  ops(opType, inputs, outputs, attributes = []) {
    const name = `/${opType}_${this.#count++}`;
    const names = Array.from({ length: outputs }, (_, i) => `${name}_output_${i}`);
    this.#parts.push(node(opType, name, inputs, names, attributes));
    return names;
  }

  /** A random weight in the file. */
  weight(name, dims) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const values = new Float32Array(size);
    const spread = WEIGHT_STD * Math.sqrt(12);
    for (let i = 0; i < size; i++) values[i] = (this.#random() / 2 ** 32 - 0.5) * spread;
    const at = { location: WEIGHTS, offset: this.#offset, length: values.byteLength };
    this.#offset += writeSync(this.#file, values);
    return this.#initializer(name, () => externalInitializer(name, DataType.FLOAT, dims, at));
  }

  constant(name, width, value) {
    return this.#inline(name, DataType.FLOAT, [width], new Float32Array(width).fill(value));
  }

  scalar(name, value) {
    return this.#inline(name, DataType.FLOAT, [], Float32Array.of(value));
  }

  ints(name, ...values) {
    return this.#inline(name, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt));
  }

  scalarInt(name, value) {
    return this.#inline(name, DataType.INT64, [], BigInt64Array.of(BigInt(value)));
  }

  finish(logits, dims) {
    const output = node('Identity', '/logits', [logits], ['logits']);
    const ids = ['input_ids', 'attention_mask'].map((name) =>
      valueInfo(11, name, DataType.INT64, ['batch', 'sequence']),
    );
    const logitsInfo = valueInfo(12, 'logits', DataType.FLOAT, dims);
    const write = (first) =>
      modelProto(
        IR_VERSION,
        [{ domain: '', version: OPSET }],
        [...this.#parts, output, text(2, 'gpt2'), ...ids, ...first, logitsInfo],
      );
    return { model: write([]), quiet: write([emptySequence(NOTHING), sequenceInfo(12, NOTHING)]) };
  }

  close() {
    closeSync(this.#file);
  }

  #inline(name, type, dims, values) {
    return this.#initializer(name, () => inlineInitializer(name, type, dims, new Uint8Array(values.buffer)));
  }

  /** Constants of one name are one. */
  #initializer(name, write) {
    if (!this.#names.has(name)) this.#parts.push(write());
    this.#names.add(name);
    return name;
  }
}
