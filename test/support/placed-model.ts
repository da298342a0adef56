import { DataType } from '../../src/onnx/data-types.js';
import {
  floatAttribute,
  inlineInitializer,
  intAttribute,
  modelProto,
  node,
  valueInfo,
} from '../../src/onnx/write-model.js';

/** What a neuron of a placed model gives: the sum of what its token, the one before in the window and its position say. */
export interface PlacedNeuron {
  token?: (id: number) => number;
  previous?: (id: number) => number;
  position?: (position: number) => number;
  /** Times a number from −1 to 1 that hangs on all tokens up to this one, and looks like chance. */
  noise?: number;
}

/**
 * A transformer of one FFN, without attention, whose residual stream has one-hot vectors of the token, of the token
 * before and of the position, and the sine of a sum over all tokens so far. It has no activation but a LeakyRelu of
 * slope 1, so a neuron's value is the sum of its parts.
 */
export function placedModel(
  vocabulary: number,
  positions: number,
  neurons: readonly PlacedNeuron[],
): Uint8Array {
  const width = 2 * vocabulary + positions + 1;
  const up = new Float32Array(width * neurons.length);
  neurons.forEach(({ token, previous, position, noise }, j) => {
    const put = (row: number, value: number) => (up[row * neurons.length + j] = value);
    for (let id = 0; id < vocabulary; id++) {
      put(id, token?.(id) ?? 0);
      put(vocabulary + id, previous?.(id) ?? 0);
    }
    for (let p = 0; p < positions; p++) put(2 * vocabulary + p, position?.(p) ?? 0);
    put(width - 1, noise ?? 0);
  });
  const summed = Float32Array.from({ length: vocabulary }, (_, id) => 1 + ((id * 7919) % 997) / 10);
  const floats = (name: string, shape: number[], values: Float32Array) =>
    inlineInitializer(name, DataType.FLOAT, shape, bytesOf(values));
  return modelProto(
    8,
    [{ domain: '', version: 17 }],
    [
      floats('tokens', [vocabulary, vocabulary], identity(vocabulary)),
      floats('places', [positions, positions], identity(positions)),
      floats('summed', [vocabulary, 1], summed),
      floats('often', [1], Float32Array.of(1000)),
      floats('up', [width, neurons.length], up),
      floats('down', [neurons.length, width], new Float32Array(neurons.length * width)),
      inlineInitializer('axis', DataType.INT64, [], bytesOf(BigInt64Array.of(1n))),
      inlineInitializer('shift', DataType.INT64, [6], bytesOf(BigInt64Array.of(0n, 1n, 0n, 0n, -1n, 0n))),
      node('Gather', '', ['tokens', 'input_ids'], ['token']),
      node('Pad', '', ['token', 'shift'], ['previous']),
      node('Gather', '', ['places', 'position_ids'], ['place']),
      node('Gather', '', ['summed', 'input_ids'], ['each']),
      node('CumSum', '', ['each', 'axis'], ['sum']),
      node('Mul', '', ['sum', 'often'], ['angle']),
      node('Sin', '', ['angle'], ['noise']),
      node('Concat', '', ['token', 'previous', 'place', 'noise'], ['x'], [intAttribute('axis', 2)]),
      node('MatMul', '', ['x', 'up'], ['pre']),
      node('LeakyRelu', '', ['pre'], ['post'], [floatAttribute('alpha', 1)]),
      node('MatMul', '', ['post', 'down'], ['written']),
      node('Add', '', ['x', 'written'], ['stream']),
      valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
      valueInfo(11, 'position_ids', DataType.INT64, ['batch', 'sequence']),
      valueInfo(12, 'stream', DataType.FLOAT, ['batch', 'sequence', width]),
    ],
  );
}

function identity(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
