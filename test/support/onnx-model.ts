import { DataType } from '../../src/onnx/data-types.js';
import type { Part } from '../../src/onnx/write.js';
import {
  floatAttribute,
  inlineInitializer,
  modelProto,
  node,
  valueInfo,
} from '../../src/onnx/write-model.js';

/** One FFN of a planted model: what token t does to neuron j, by hand. */
export interface PlantedLayer {
  /** Pre-activation of neuron j on token t: entry t · neurons + j. */
  table: Float32Array;
  neurons: number;
  /** Added to each neuron's pre-activation; NaN makes a neuron NaN everywhere. */
  bias?: Float32Array;
  /** Multiplies each neuron's pre-activation; Infinity makes 0 NaN and the rest infinite. */
  scale?: Float32Array;
  /** Default: LeakyRelu of slope 1, which changes no value. */
  activation?: 'identity' | 'Relu';
}

export interface PlantedOptions {
  /** Names of outputs that hold the layers' activations; default: none, logits only. */
  outputs?: (layer: number) => string | null;
}

/**
 * A transformer without attention whose activations are known by construction:
 * the embedding is the identity, and the residual stream of every FFN's input
 * is the embedding itself, so the projection up reads row t of its table.
 */
export function plantedModel(
  vocabulary: number,
  layers: readonly PlantedLayer[],
  options: PlantedOptions = {},
): Uint8Array {
  const parts: Part[] = [
    inlineInitializer('embedding', DataType.FLOAT, [vocabulary, vocabulary], bytesOf(identity(vocabulary))),
    node('Gather', '', ['embedding', 'input_ids'], ['x']),
  ];
  const outputs: string[] = [];
  let stream = 'x';
  layers.forEach(({ table, neurons, bias, scale, activation }, i) => {
    const named = options.outputs?.(i) ?? null;
    const post = named ?? `post${i}`;
    if (named !== null) outputs.push(named);
    const vector = (name: string, values: Float32Array) =>
      inlineInitializer(name, DataType.FLOAT, [neurons], bytesOf(values));
    parts.push(inlineInitializer(`up${i}`, DataType.FLOAT, [vocabulary, neurons], bytesOf(table)));
    parts.push(
      inlineInitializer(
        `down${i}`,
        DataType.FLOAT,
        [neurons, vocabulary],
        bytesOf(new Float32Array(neurons * vocabulary)),
      ),
    );
    parts.push(node('MatMul', '', ['x', `up${i}`], [`pre${i}`]));
    let value = `pre${i}`;
    if (scale !== undefined) {
      parts.push(vector(`scale${i}`, scale), node('Mul', '', [value, `scale${i}`], [`scaled${i}`]));
      value = `scaled${i}`;
    }
    if (bias !== undefined) {
      parts.push(vector(`bias${i}`, bias), node('Add', '', [value, `bias${i}`], [`biased${i}`]));
      value = `biased${i}`;
    }
    parts.push(activation === 'Relu' ? node('Relu', '', [value], [post]) : leakyRelu(value, post));
    parts.push(node('MatMul', '', [post, `down${i}`], [`written${i}`]));
    parts.push(node('Add', '', [stream, `written${i}`], [`stream${i}`]));
    stream = `stream${i}`;
  });
  parts.push(
    valueInfo(11, 'input_ids', DataType.INT64, ['batch', 'sequence']),
    valueInfo(12, stream, DataType.FLOAT, ['batch', 'sequence', vocabulary]),
    ...outputs.map((name, i) =>
      valueInfo(12, name, DataType.FLOAT, ['batch', 'sequence', layers[i]!.neurons]),
    ),
  );
  return modelProto(8, [{ domain: '', version: 17 }], parts);
}

/** Slope 1 on both sides: a nonlinearity by name that hands every value on. */
function leakyRelu(input: string, output: string): Part {
  return node('LeakyRelu', '', [input], [output], [floatAttribute('alpha', 1)]);
}

function identity(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
