import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { plantedModel, type PlantedLayer } from '../support/onnx-model.js';

const VOCABULARY = 10;
const TABLES = ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow'];

/** Three FFNs of different widths. */
const LAYERS: PlantedLayer[] = [5, 8, 3].map((neurons, layer) => ({
  neurons,
  activation: 'Relu',
  table: Float32Array.from({ length: VOCABULARY * neurons }, (_, i) => Math.sin(1 + i * (layer + 1))),
}));

describe('a model whose activations are outputs already', () => {
  const folder = temporaryDirectory();
  const corpus = path.join(folder, 'corpus.jsonl');
  const modelOf = (name: string, outputs?: (layer: number) => string | null) => {
    const file = path.join(folder, `${name}.onnx`);
    writeFileSync(file, plantedModel(VOCABULARY, LAYERS, outputs === undefined ? {} : { outputs }));
    return file;
  };
  const profile = (model: string, name: string, ...options: string[]) => {
    const out = path.join(folder, name);
    return { out, ...succeed(['profile', model, corpus, '-o', out, '--no-html', ...options]) };
  };
  const expectSameTables = (out: string) => {
    for (const table of TABLES) {
      expect(
        readFileSync(path.join(out, table)).equals(readFileSync(path.join(folder, 'hidden', table))),
        table,
      ).toBe(true);
    }
  };

  beforeAll(() => {
    const documents = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 1 + (i % 7) }, (_, p) => (i * 3 + p * p) % VOCABULARY),
    );
    writeFileSync(corpus, documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join(''));
    profile(modelOf('hidden-model'), 'hidden');
  });

  test('gives the same tables as the model without them', () => {
    expectSameTables(
      profile(
        modelOf('plain', (layer) => `ffn_${layer}`),
        'plain',
      ).out,
    );
  });

  test('gives the same tables where --outputs names what nothing could recognise', () => {
    const model = modelOf('renamed', (layer) => `h${layer}_act`);
    expectSameTables(profile(model, 'renamed', '--outputs', 'h(\\d+)_act').out);
  });

  test('profiles only the layers that are outputs, under their numbers in the full graph, and says so', () => {
    const { out, stderr } = profile(
      modelOf('some', (layer) => (layer === 1 ? null : `ffn_${layer}`)),
      'some',
    );
    expect([...new Set(rowsOf(out, 'neurons.arrow').map((row) => row['layer']))]).toEqual([0, 2]);
    expect(stderr).toContain('the graph has 3 FFNs and gives out 2: only L0, L2 are profiled');
    const all = rowsOf(path.join(folder, 'hidden'), 'neurons.arrow').filter((row) => row['layer'] !== 1);
    expect(rowsOf(out, 'neurons.arrow')).toEqual(all);
  });

  test('has widths that differ from layer to layer', () => {
    const rows = rowsOf(path.join(folder, 'hidden'), 'layers.arrow');
    expect(rows.map((row) => row['d_mlp'])).toEqual([5, 8, 3]);
    expect(rowsOf(path.join(folder, 'hidden'), 'neurons.arrow')).toHaveLength(16);
  });

  test('refuses a pattern that no output has, and names the outputs', () => {
    const model = modelOf('refused', (layer) => `h${layer}_act`);
    const { code, stderr } = neuroprobe(['stats', model, corpus, '--outputs', 'nothing']);
    expect(code).toBe(2);
    expect(stderr).toContain("no output's name matches nothing");
    expect(stderr).toContain('h0_act, h1_act, h2_act');
  });
});
