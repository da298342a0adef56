import { DataType } from '../../src/onnx/data-types.js';
import { bytes, concat, float, int, message, text, type Part } from '../../src/onnx/write.js';
import { inlineInitializer, intAttribute, modelProto, node, valueInfo } from '../../src/onnx/write-model.js';
import { plantedModel } from '../support/onnx-model.js';

const WIDTH = 8;
const VOCABULARY = 16;
const OPSETS = [
  { domain: '', version: 17 },
  { domain: 'local', version: 1 },
];

export function floats(size: number, value: (i: number) => number = (i) => Math.sin(i)): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: size }, (_, i) => value(i)).buffer);
}

export function weight(name: string, dims: number[]): Part {
  return inlineInitializer(name, DataType.FLOAT, dims, floats(dims.reduce((a, b) => a * b, 1)));
}

/** Two layers without attention. */
export function plainGraph(): Uint8Array {
  const table = Float32Array.from({ length: VOCABULARY * 24 }, (_, i) => Math.cos(i));
  return plantedModel(VOCABULARY, [
    { table, neurons: 24, bias: new Float32Array(24).fill(0.5) },
    { table, neurons: 24, activation: 'Relu' },
  ]);
}

/**
 * A graph with all that a file can nest: attention, a gate cut from one
 * projection, an activation that is a local function, an If over the cache,
 * Constants, typed data, dimensions with names.
 */
export function variedGraph(): Uint8Array {
  const typed = (field: number, name: string, dataType: number, dims: number[], data: Part[]): Part =>
    message(field, [...dims.map((dim) => int(1, dim)), int(2, dataType), text(8, name), ...data]);
  const longs = (values: number[]) => bytes(7, concat(values.map((value) => int(0, value).subarray(1))));
  const graphAttribute = (name: string, parts: Part[]) =>
    message(5, [text(1, name), message(6, parts), int(20, 5)]);
  const branch = (name: string): Part[] => [
    node('Mul', '', ['attended', 'one'], [name]),
    text(2, name),
    valueInfo(12, name, DataType.FLOAT),
  ];
  const graph: Part[] = [
    weight('embedding', [VOCABULARY, WIDTH]),
    ...['q', 'k', 'v', 'o'].map((name) => weight(name, [WIDTH, WIDTH])),
    weight('gate_up', [WIDTH, 4 * WIDTH]),
    weight('down', [2 * WIDTH, WIDTH]),
    weight('up1', [WIDTH, 3 * WIDTH]),
    weight('down1', [3 * WIDTH, WIDTH]),
    typed(
      5,
      'one',
      DataType.FLOAT,
      [],
      [
        bytes(
          4,
          floats(1, () => 1),
        ),
      ],
    ),
    typed(5, 'shape', DataType.INT64, [3], [longs([0, -1, WIDTH])]),
    node('Gather', 'lookup', ['embedding', 'input_ids'], ['x']),
    ...['q', 'k', 'v'].map((name) => node('MatMul', name, ['x', name], [`x${name}`])),
    node(
      'Transpose',
      '',
      ['xk'],
      ['xkt'],
      [message(5, [text(1, 'perm'), int(8, 0), int(8, 2), int(8, 1), int(20, 7)])],
    ),
    node('MatMul', '', ['xq', 'xkt'], ['scores']),
    node('Softmax', '', ['scores'], ['weights'], [intAttribute('axis', -1)]),
    node('MatMul', '', ['weights', 'xv'], ['mixed']),
    node('MatMul', 'o', ['mixed', 'o'], ['written']),
    node('Add', '', ['x', 'written'], ['attended']),
    node(
      'If',
      'cache',
      ['use_cache_branch'],
      ['chosen'],
      [graphAttribute('then_branch', branch('then')), graphAttribute('else_branch', branch('else'))],
    ),
    node('Reshape', '', ['chosen', 'shape'], ['stream']),
    node('MatMul', 'gate_up', ['stream', 'gate_up'], ['both']),
    node('Split', '', ['both'], ['gate', 'up'], [intAttribute('axis', -1)]),
    node('Silu', 'act', ['gate'], ['acted'], [], 'local'),
    node('Mul', '', ['acted', 'up'], ['post']),
    node('MatMul', 'down', ['post', 'down'], ['written0']),
    node('Add', '', ['stream', 'written0'], ['stream0']),
    node('MatMul', 'up1', ['stream0', 'up1'], ['pre1']),
    node(
      'Constant',
      '',
      [],
      ['root2'],
      [message(5, [text(1, 'value_float'), float(2, Math.SQRT2), int(20, 1)])],
    ),
    node(
      'Constant',
      '',
      [],
      ['half'],
      [
        message(5, [
          text(1, 'value'),
          inlineInitializer(
            '',
            DataType.FLOAT,
            [],
            floats(1, () => 0.5),
          ),
          int(20, 4),
        ]),
      ],
    ),
    node('Div', '', ['pre1', 'root2'], ['scaled1']),
    node('Erf', '', ['scaled1'], ['erf1']),
    node('Add', '', ['erf1', 'one'], ['shifted1']),
    node('Mul', '', ['pre1', 'shifted1'], ['double1']),
    node('Mul', '', ['double1', 'half'], ['post1']),
    node('MatMul', 'down1', ['post1', 'down1'], ['written1']),
    node('Add', '', ['stream0', 'written1'], ['logits']),
    text(2, 'varied'),
    valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
    valueInfo(11, 'use_cache_branch', DataType.BOOL, [1]),
    valueInfo(12, 'logits', DataType.FLOAT, ['batch', 'sequence', WIDTH]),
    valueInfo(13, 'post', DataType.FLOAT, ['batch', 'sequence', 2 * WIDTH]),
  ];
  const silu = concat([
    text(1, 'Silu'),
    text(4, 'a'),
    text(5, 'c'),
    message(7, [text(1, 'a'), text(2, 'b'), text(4, 'Sigmoid')]),
    message(7, [text(1, 'a'), text(1, 'b'), text(2, 'c'), text(4, 'Mul')]),
    message(9, [text(1, ''), int(2, 17)]),
    text(10, 'local'),
  ]);
  return modelProto(8, OPSETS, graph, [silu]);
}
