import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { fixture } from './fixtures.js';

/** Changes a weight [d_model, d_mlp] of the bundled model, row by row. */
export type Change = (weights: Float32Array, shape: { layer: number; dModel: number; dMlp: number }) => void;

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
