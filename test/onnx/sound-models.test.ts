import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Exit, UserError } from '../../src/core/errors.js';
import { allSites } from '../../src/model/choose-sites.js';
import { exposeModel } from '../../src/model/expose.js';
import { openModel } from '../../src/model/open-model.js';
import { DataType } from '../../src/onnx/data-types.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { readModel } from '../../src/onnx/read-model.js';
import { bytes, concat, int, message, text, type Part } from '../../src/onnx/write.js';
import { inlineInitializer, modelProto, node, valueInfo } from '../../src/onnx/write-model.js';
import { temporaryDirectory } from '../support/cli.js';
import { floats, variedGraph, weight } from './small-graphs.js';

const folder = temporaryDirectory();
const OPSETS = [{ domain: '', version: 17 }];
let files = 0;

function written(model: Uint8Array): string {
  const file = path.join(folder, `${files++}.onnx`);
  writeFileSync(file, model);
  return file;
}

const IDS = valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']);

function model(...parts: Part[]): string {
  return written(modelProto(8, OPSETS, [...parts, IDS]));
}

/** The one FFN of a small model, from `x`, with its embedding. */
const FFN = [
  weight('embedding', [16, 8]),
  weight('up', [8, 32]),
  weight('down', [32, 8]),
  node('Gather', '', ['embedding', 'input_ids'], ['x']),
  node('MatMul', 'up', ['x', 'up'], ['pre']),
  node('Relu', 'act', ['pre'], ['post']),
  node('MatMul', 'down', ['post', 'down'], ['written']),
  node('Add', 'residual', ['x', 'written'], ['y']),
];

function expose(file: string) {
  return exposeModel(openModel(file), allSites());
}

function refusal(file: string): string {
  let sites: number;
  try {
    sites = expose(file).sites.length;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exit).toBe(Exit.MODEL);
    expect(error.message).toContain(file);
    // What the file says is shown in short.
    expect(error.message.length).toBeLessThan(1000);
    return error.message.split('\n')[0]!;
  }
  throw new Error(`exposed, with ${sites} sites`);
}

/** A TensorProto of these dimensions with so many bytes. */
const tensor = (name: string, dims: number[], size: number) =>
  inlineInitializer(name, DataType.FLOAT, dims, new Uint8Array(size));

const external = (entries: Record<string, string>) =>
  message(5, [
    int(1, 8),
    int(1, 32),
    int(2, DataType.FLOAT),
    text(8, 'up'),
    ...Object.entries(entries).map(([key, value]) => message(13, [text(1, key), text(2, value)])),
    int(14, 1),
  ]);

const withoutUp = FFN.filter((part) => part !== FFN[1]);

describe('a model that no runtime could run is refused with the reason', () => {
  test('the model that the others are made from is exposed', () => {
    expect(expose(model(...FFN)).sites.map(({ dMlp }) => dMlp)).toEqual([32]);
  });

  test.each([
    [
      'nodes that wait for each other',
      /wait for each other in a circle, at the (Abs|Neg)/,
      [...FFN, node('Abs', 'a', ['n'], ['m']), node('Neg', 'b', ['m'], ['n'])],
    ],
    ['a node that reads itself', /circle, at the Abs "self"/, [...FFN, node('Abs', 'self', ['n'], ['n'])]],
    [
      'two nodes with one output',
      /two nodes make the tensor "post"/,
      [...FFN, node('Abs', '', ['x'], ['post'])],
    ],
    [
      'a node that makes a weight',
      /the tensor "down" is given and made by a node too/,
      [...FFN, node('Abs', '', ['x'], ['down'])],
    ],
    [
      'an input that nothing makes',
      /nothing makes the tensor "lost" that the Abs "reader" reads/,
      [...FFN, node('Abs', 'reader', ['lost'], ['z'])],
    ],
    [
      'an output that nothing makes',
      /nothing makes the output "logits"/,
      [...FFN, valueInfo(12, 'logits', DataType.FLOAT)],
    ],
    [
      'too few bytes of a weight',
      /the weight "up" has 1020 bytes where its shape \[8, 32\] wants 1024/,
      [...withoutUp, tensor('up', [8, 32], 1020)],
    ],
    [
      'a negative dimension',
      /the weight "up" has the shape \[-8, 32\]/,
      [...withoutUp, tensor('up', [-8, 32], 1024)],
    ],
    [
      'dimensions whose product passes all numbers',
      /the weight "up" has the shape .*, which no file can hold/,
      [...withoutUp, tensor('up', [2 ** 40, 2 ** 40], 1024)],
    ],
    [
      'a weight of a hundred dimensions',
      /the weight "up" has 100 dimensions/,
      [...withoutUp, tensor('up', Array<number>(100).fill(1), 4)],
    ],
    [
      'an offset that is no number',
      /the weight "up" has "abc" as offset of its external data/,
      [...withoutUp, external({ location: 'w', offset: 'abc' })],
    ],
    [
      'a negative length',
      /the weight "up" has "-4" as length of its external data/,
      [...withoutUp, external({ location: 'w', length: '-4' })],
    ],
    [
      'a length that is not that of the shape',
      /the weight "up" has 1000 bytes where its shape \[8, 32\] wants 1024/,
      [...withoutUp, external({ location: 'w', length: '1000' })],
    ],
    [
      'an external weight without a file',
      /the weight "up" does not say which file it is in/,
      [...withoutUp, external({ offset: '0' })],
    ],
    [
      'a node with 20,000 inputs',
      /the Sum "wide" has more than 16384 inputs or outputs/,
      [...FFN, node('Sum', 'wide', Array<string>(20_000).fill('x'), ['z'])],
    ],
    ['a name of 2 MiB', /this is not an ONNX model/, [...FFN, node('Abs', '', ['x'], ['n'.repeat(2 ** 21)])]],
    [
      'a name with line breaks, which is shown in one line',
      /nothing makes the tensor "a\\nb" that/,
      [...FFN, node('Abs', '', ['a\nb'], ['z'])],
    ],
  ] as [string, RegExp, Part[]][])('%s', (_, reason, parts) => {
    expect(refusal(model(...parts))).toMatch(reason);
  });

  test('a list of ten million numbers in an attribute', () => {
    const list = message(5, [text(1, 'value_ints'), bytes(8, Buffer.alloc(10_000_000, 1)), int(20, 7)]);
    expect(refusal(model(...FFN, node('Constant', '', [], ['c'], [list])))).toMatch(/not an ONNX model/);
  });

  test('graphs in graphs without end, and circles in the graphs within', () => {
    const nested = (depth: number): Part =>
      depth === 0
        ? node('Abs', '', ['x'], ['z'])
        : node(
            'If',
            '',
            ['x'],
            ['z'],
            [message(5, [text(1, 'then_branch'), message(6, [nested(depth - 1), valueInfo(12, 'z', 1)])])],
          );
    expect(expose(model(...FFN, nested(30))).sites.length).toBe(1);
    expect(refusal(model(...FFN, nested(1000)))).toMatch(/not an ONNX model/);
    const circle = message(6, [node('Abs', 'within', ['p'], ['p']), valueInfo(12, 'p', 1)]);
    const parts = [...FFN, node('If', '', ['x'], ['z'], [message(5, [text(1, 'then_branch'), circle])])];
    expect(refusal(model(...parts))).toMatch(/circle, at the Abs "within"/);
  });

  test('a local function that reads what it makes, and one whose input is none', () => {
    const info = (input: string, output: string) =>
      concat([
        text(1, 'F'),
        text(4, 'a'),
        text(5, 'c'),
        message(7, [text(1, input), text(2, output), text(4, 'Abs')]),
        message(9, [text(1, ''), int(2, 17)]),
        text(10, 'local'),
      ]);
    const call = node('F', '', ['x'], ['z'], [], 'local');
    const file = (body: Uint8Array) => written(modelProto(8, OPSETS, [...FFN, call, IDS], [body]));
    expect(expose(file(info('a', 'c'))).sites.length).toBe(1);
    expect(refusal(file(info('c', 'c')))).toMatch(/circle/);
    expect(refusal(file(info('b', 'c')))).toMatch(/nothing makes the tensor "b"/);
    expect(refusal(file(info('a', 'd')))).toMatch(/nothing makes the output "c"/);
  });

  test('two graphs in one file', () => {
    const whole = modelProto(8, OPSETS, [...FFN, IDS]);
    expect(refusal(written(Buffer.concat([whole, whole])))).toMatch(/it holds two graphs/);
  });

  test('a graph of millions of empty nodes, before it fills the memory', () => {
    const graph = Buffer.concat([...FFN, IDS, Buffer.alloc(4_000_000).fill(Buffer.from([0x0a, 0x00]))]);
    const before = process.memoryUsage().rss;
    expect(refusal(written(concat([int(1, 8), bytes(7, graph)])))).toMatch(
      /larger than 256 MiB without weights/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  });

  test('a folder, and a pipe that nobody writes', () => {
    expect(refusal(folder)).toMatch(/this is not a file/);
    const pipe = path.join(folder, 'pipe.onnx');
    execFileSync('mkfifo', [pipe]);
    expect(refusal(pipe)).toMatch(/this is not a file/);
  });
});

describe('a model that is sound is read, however it is written', () => {
  test('nodes listed out of order come in order of execution, and others as they are listed', () => {
    const weights = FFN.slice(0, 3);
    const nodes = FFN.slice(3);
    const read = (parts: Part[]) => readModel(model(...weights, ...parts)).graph.nodes;
    const listed = read(nodes);
    expect(listed.map(({ opType }) => opType)).toEqual(['Gather', 'MatMul', 'Relu', 'MatMul', 'Add']);
    const turned = read([...nodes].reverse());
    expect(turned.map(({ outputs }) => outputs)).toEqual(listed.map(({ outputs }) => outputs));
    expect(turned.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(expose(model(...weights, ...[...nodes].reverse())).sites.length).toBe(1);
  });

  test('a weight behind 50,000 nodes that hand it on is the weight, and a chain of as many that compute is walked', () => {
    const chain = Array.from({ length: 50_000 }, (_, i) =>
      node('Identity', '', [i === 0 ? 'up' : `u${i}`], [`u${i + 1}`]),
    );
    const parts = [
      ...FFN.slice(0, 4),
      ...chain,
      node('MatMul', 'up', ['x', 'u50000'], ['pre']),
      ...FFN.slice(5),
    ];
    expect(expose(model(...parts)).sites.map(({ dMlp }) => dMlp)).toEqual([32]);
    const view = viewGraph(readModel(model(...parts)));
    expect(view.constant('u50000')?.tensor?.name).toBe('up');
    const after = Array.from({ length: 50_000 }, (_, i) =>
      node('Neg', '', [i === 0 ? 'y' : `v${i}`], [`v${i + 1}`]),
    );
    expect(viewGraph(readModel(model(...FFN, ...after))).constant('v50000')).toBeNull();
  });

  test('lists written one number a field, as proto2 writes them, are read as fast as packed ones', () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i);
    const list = message(5, [text(1, 'value_ints'), ...numbers.map((number) => int(8, number)), int(20, 7)]);
    const began = performance.now();
    const { nodes } = readModel(model(...FFN, node('Constant', '', [], ['c'], [list]))).graph;
    expect(performance.now() - began).toBeLessThan(2000);
    expect(nodes.find(({ opType }) => opType === 'Constant')!.attributes.get('value_ints')!.ints).toEqual(
      numbers,
    );
  });

  test('of two initializers with one name the later counts, as for ONNX Runtime', () => {
    const graph = readModel(model(...withoutUp, weight('up', [4, 4]), weight('up', [8, 32]))).graph;
    expect(graph.initializers.get('up')!.dims).toEqual([8, 32]);
  });

  test('a dimension of -1 in an input is a free one', () => {
    const { inputs } = readModel(
      model(...FFN, valueInfo(11, 'attention_mask', DataType.INT64, [-1, 7])),
    ).graph;
    expect(inputs.find(({ name }) => name === 'attention_mask')!.dims).toEqual([null, 7]);
  });

  test('sparse weights are there for who reads them', () => {
    const sparse = message(15, [
      message(1, [int(1, 1), int(2, 1), text(8, 'thin'), bytes(9, floats(1))]),
      message(2, [int(1, 1), int(2, 7), bytes(9, new Uint8Array(8))]),
      int(3, 8),
    ]);
    expect(expose(model(...FFN, sparse, node('Add', '', ['x', 'thin'], ['z']))).sites.length).toBe(1);
  });

  test('halves in int32_data are read by their bits, and damaged numbers are none', () => {
    const typed = (name: string, dataType: number, data: Part) =>
      message(5, [int(1, 2), int(2, dataType), text(8, name), data]);
    const file = model(
      ...FFN,
      typed('half', DataType.FLOAT16, bytes(5, Uint8Array.from([0x80, 0x78, 0x80, 0x80, 0x03]))),
      typed('brain', DataType.BFLOAT16, bytes(5, Uint8Array.from([0x80, 0x7f, 0x80, 0x80, 0x03]))),
      typed('cut', DataType.INT64, bytes(7, Uint8Array.from([0x01, 0xff]))),
      typed('short', DataType.INT64, bytes(7, Uint8Array.from([0x01]))),
    );
    const view = viewGraph(readModel(file));
    expect(['half', 'brain', 'cut', 'short'].map((name) => view.numbers(name))).toEqual([
      [1, -2],
      [1, -2],
      null,
      null,
    ]);
  });

  test('the varied graph of the fuzz test has an If, a function and a Split, and both its FFNs', () => {
    const file = written(variedGraph());
    const ops = readModel(file).graph.nodes.map(({ opType }) => opType);
    expect(ops).toEqual(expect.arrayContaining(['If', 'Silu', 'Split', 'Erf']));
    expect(expose(file).sites.map(({ dMlp, gated }) => [dMlp, gated])).toEqual([
      [16, true],
      [24, false],
    ]);
    expect(readFileSync(file).length).toBeLessThan(20_000);
  });
});
