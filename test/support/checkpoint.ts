import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { fixture } from './fixtures.js';

/** Changes a weight [d_model, d_mlp] of the bundled model, row by row. */
export type Change = (weights: Float32Array, shape: { layer: number; dModel: number; dMlp: number }) => void;

/**
 * The bundled model with the neurons of each layer in another order, and each weight of a matrix multiplied by
 * 1 + noise · N(0, 1).
 * @param permutations of each layer: neuron j of the new model is neuron permutation[j] of the bundled one
 */
export function writePermuted(
  file: string,
  permutations: readonly Int32Array[],
  noise: number,
  random: () => number,
): void {
  const original = path.join(fixture('llama-shakespeare'), 'model.onnx');
  const view = viewGraph(openModel(original));
  const bytes = readFileSync(original);
  const edit = (raw: { start: number; end: number }, change: (weights: Float32Array) => Float32Array) => {
    const weights = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + raw.start, bytes.byteOffset + raw.end),
    );
    bytes.set(new Uint8Array(change(weights).buffer), raw.start);
  };
  for (const { nodes, layer, dModel, dMlp } of searchSites(view, 'post')) {
    const from = permutations[layer]!;
    for (const part of ['up', 'gate', 'down'] as const) {
      const node = view.graph.nodes.find(({ name }) => name === nodes[part])!;
      const { raw, dims } = view.constant(node.inputs[1]!)!.tensor!;
      const shape = part === 'down' ? [dMlp, dModel] : [dModel, dMlp];
      if (raw === null || dims.join() !== shape.join()) throw new Error('the bundled model has changed');
      edit(raw, (weights) => {
        if (part === 'down')
          return weights.map((_, at) => weights[from[Math.floor(at / dModel)]! * dModel + (at % dModel)]!);
        return weights.map((_, at) => weights[at - (at % dMlp) + from[at % dMlp]!]!);
      });
    }
  }
  for (const { dataType, dims, raw } of view.graph.initializers.values()) {
    if (dataType !== 1 || dims.length !== 2 || raw === null) continue;
    edit(raw, (weights) => weights.map((weight) => weight * (1 + noise * normal(random))));
  }
  writeFileSync(file, bytes);
}

/** Box and Muller, "A note on the generation of random normal deviates" (1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Another checkpoint of the bundled model: the weights of each layer's gate are
 * changed in place, the file is otherwise the same.
 */
export function writeCheckpoint(file: string, changeGate: Change): void {
  const original = path.join(fixture('llama-shakespeare'), 'model.onnx');
  const model = openModel(original);
  const view = viewGraph(model);
  const bytes = readFileSync(original);
  for (const { nodes, layer, dModel, dMlp } of searchSites(view, 'post')) {
    const gate = view.graph.nodes.find(({ name }) => name === nodes.gate)!;
    const { raw, dims } = view.constant(gate.inputs[1]!)!.tensor!;
    if (raw === null || dims.join() !== [dModel, dMlp].join())
      throw new Error('the bundled model has changed');
    const weights = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + raw.start, bytes.byteOffset + raw.end),
    );
    changeGate(weights, { layer, dModel, dMlp });
    bytes.set(new Uint8Array(weights.buffer), raw.start);
  }
  writeFileSync(file, bytes);
}
