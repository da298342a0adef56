import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProjections, type Projection } from '../../src/model/projection.js';
import { searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { WeightFiles } from '../../src/model/weights/elements.js';
import { vectors } from '../../src/model/weights/matrix.js';
import { projectionWeight } from '../../src/model/weights/projection-weight.js';
import { neuronVectors, siteWeights } from '../../src/model/weights/site-weights.js';
import { findUnembedding } from '../../src/model/weights/unembedding.js';
import { viewGraph, type GraphView } from '../../src/onnx/graph-view.js';
import { temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph-builder.js';
import { graphLines, type GraphLine } from '../support/graphs.js';
import { weightByRuntime } from '../support/projection-runner.js';
import { describeWithShared, shared } from '../support/shared.js';

const open = (folder: string, { file }: GraphLine): GraphView => viewGraph(openModel(`${folder}/${file}`));
const withSites = (folder: string) => graphLines(folder).filter(({ expect: what }) => what === 'sites');

describe('the weight of every projection of a fixture', () => {
  compareWithRuntime(fixture('graphs'));
});

describeWithShared('the weight of every projection of a shared graph', ['graphs/manifest.jsonl'], () => {
  compareWithRuntime(shared('graphs'));
});

/** Products with the identity are exact, so every weight must be the very float32. */
function compareWithRuntime(folder: string): void {
  test.each(withSites(folder))('of $file is what ONNX Runtime multiplies with', async (line) => {
    const view = open(folder, line);
    const files = new WeightFiles(view.model);
    let compared = 0;
    for (const projection of findProjections(view).values()) {
      const theirs = await weightByRuntime(view, projection);
      if (theirs === null) continue;
      const ours = dense(view, files, projection);
      expect(ours.length).toBe(theirs.length);
      // A Gemm that adds a bias rounds the sum once more; of 4 bits ONNX Runtime multiplies zero point and scale first.
      const tolerance = { Gemm: 1e-6, MatMulNBits: 1e-7 }[projection.node.opType] ?? 0;
      let worst = 0;
      ours.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - theirs[i]!))));
      expect(worst, projection.node.name).toBeLessThanOrEqual(tolerance);
      compared++;
    }
    if (!/int8|qoperator|f16|fp16|external|functions/.test(line.file)) expect(compared).toBeGreaterThan(0);
  });
}

describeWithShared('the weights of other versions of a model', ['graphs/gpt2-legacy-17.onnx'], () => {
  /** The same model, and the largest error of a weight relative to the largest weight. */
  test.each<[original: string, other: string, most: number]>([
    ['gpt2-legacy-17', 'gpt2-fp16', 2 ** -11],
    ['gpt2-legacy-17', 'gpt2-f16-weights', 2 ** -11],
    ['gpt2-legacy-17', 'gpt2-typed', 0],
    ['gpt2-legacy-17', 'gpt2-external/model', 0],
    ['gpt2-legacy-17', 'gpt2-merged', 0],
    ['gpt2-legacy-17', 'gpt2-int8-dynamic', 1 / 127],
    ['gpt2-legacy-17', 'gpt2-qdq', 1 / 127],
    ['llama-legacy-14', 'llama-fp16', 2 ** -11],
    ['llama-legacy-14', 'llama-int8-dynamic', 1 / 127],
    ['llama-legacy-14', 'llama-q4', 1 / 7],
    ['llama-legacy-14', 'llama-q4-ort', 1 / 7],
    ['llama-legacy-14', 'llama-q4-qdq', 1 / 7],
    ['bert-legacy-17', 'bert-tfopt-fp16', 2 ** -11],
    ['bert-legacy-17', 'bert-int8-dynamic-ort', 1 / 127],
    ['bert-legacy-17', 'bert-qoperator', 1 / 127],
    ['bert-legacy-17', 'bert-qdq', 1 / 127],
    ['bert-legacy-17', 'bert-q4', 1 / 7],
    ['bert-legacy-17', 'bert-constants', 0],
  ])('%s and %s are the same to their rounding', (original, other, most) => {
    const [a, b] = [original, other].map((name) => siteVectors(`${name}.onnx`));
    expect(b!.length).toBe(a!.length);
    a!.forEach((vectors, i) => {
      expect(b![i] === null).toBe(vectors === null);
      if (vectors === null) return;
      const largest = vectors.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      let worst = 0;
      vectors.forEach((value, j) => (worst = Math.max(worst, Math.abs(value - b![i]![j]!))));
      expect(worst).toBeLessThanOrEqual(most * largest);
      if (most > 0) expect(worst).toBeGreaterThan(0);
    });
  });

  test('have an unembedding where logits come from the stream, and say why where they do not', () => {
    const found = (name: string) => {
      const view = viewGraph(openModel(shared('graphs', name)));
      const unembedding = findUnembedding(view, new WeightFiles(view.model), searchSites(view, 'post'));
      return 'none' in unembedding ? unembedding.none : `${unembedding.norm} ${unembedding.writers.size}`;
    };
    expect(found('gpt2-legacy-11.onnx')).toMatch(/^LayerNorm [1-9]/);
    expect(found('gpt2-int8-dynamic.onnx')).toBe(found('gpt2-legacy-17.onnx'));
    expect(found('llama-genai-int4.onnx')).toMatch(/^RMSNorm [1-9]/);
    expect(found('functions-gelu.onnx')).toMatch(/^none [1-9]/);
    expect(found('bert-legacy-17.onnx')).toContain('the head has layers of its own');
    expect(found('bert-cls-legacy-14.onnx')).toContain(
      'no output comes from a projection onto the vocabulary',
    );
    expect(found('vit-legacy-17.onnx')).toContain('nothing is looked up in a vocabulary');
  });

  test('write to the logits from the decoder alone, where there is an encoder too', () => {
    const view = viewGraph(openModel(shared('graphs', 't5-legacy-14.onnx')));
    const sites = searchSites(view, 'post');
    const unembedding = findUnembedding(view, new WeightFiles(view.model), sites);
    if ('none' in unembedding) throw new Error(unembedding.none);
    const groups = sites
      .filter(({ nodes }) => unembedding.writers.has(nodes.down!))
      .map(({ group }) => group);
    expect(new Set(groups)).toEqual(new Set(['decoder']));
    expect(groups.length).toBe(sites.filter(({ group }) => group === 'decoder').length);
    // T5 scales the stream by d_model^−½ before the vocabulary: it is in the gain, as in the original's weights.
    const norm = view.graph.initializers.get('model.decoder.final_layer_norm.weight');
    if (norm !== undefined) {
      const weights = new WeightFiles(view.model).elements(norm)(0, unembedding.dModel);
      unembedding.gain.forEach((gain, i) =>
        expect(gain).toBeCloseTo(weights[i]! * unembedding.dModel ** -0.5, 6),
      );
    }
  });
});

describe('an FFN whose gate and up are one projection', () => {
  const folder = temporaryDirectory();
  test.each([
    ['a Split', (g: GraphBuilder, x: string) => g.ops('Split', [x], 2, { axis: -1, num_outputs: 2 })],
    [
      'two Slices',
      (g: GraphBuilder, x: string) => [
        g.op('Slice', [x, g.ints(0), g.ints(6), g.ints(-1)]),
        g.op('Slice', [x, g.ints(6), g.ints(12), g.ints(-1)]),
      ],
    ],
    [
      'every other column',
      (g: GraphBuilder, x: string) => [
        g.op('Slice', [x, g.ints(0), g.ints(99), g.ints(-1), g.ints(2)]),
        g.op('Slice', [x, g.ints(1), g.ints(99), g.ints(-1), g.ints(2)]),
      ],
    ],
  ])('is cut in two by %s', (how, cut) => {
    const graph = new GraphBuilder();
    const x = graph.embed(20, 4);
    const fused = graph.weight(4, 12);
    const [gate, up] = cut(graph, graph.op('MatMul', [graph.rmsNorm(x, 4), fused]));
    const down = graph.linear(graph.mul(graph.silu(gate!), up!), 6, 4);
    const file = path.join(folder, 'model.onnx');
    writeFileSync(file, graph.bytes(graph.add(x, down)));
    const view = viewGraph(openModel(file));
    const files = new WeightFiles(view.model);
    const [weights] = siteWeights(view, files, searchSites(view, 'post'));
    const all = files.elements(view.graph.initializers.get(fused)!)(0, 48);
    const column = (j: number) => [0, 1, 2, 3].map((row) => all[row * 12 + j]);
    const [gateColumn, upColumn] = how === 'every other column' ? [4, 5] : [2, 8];
    expect([...neuronVectors(weights!.gate!, Int32Array.of(2))]).toEqual(column(gateColumn));
    expect([...neuronVectors(weights!.input!, Int32Array.of(2))]).toEqual(column(upColumn));
  });
});

function dense(view: GraphView, files: WeightFiles, projection: Projection): Float32Array {
  const rows = Int32Array.from({ length: projection.inputWidth }, (_, i) => i);
  return vectors(projectionWeight(view, files, projection), 'rows', rows);
}

/** Input, gate and output weights of all neurons of a shared graph, layer by layer. */
function siteVectors(name: string): (Float32Array | null)[] {
  const view = viewGraph(openModel(shared('graphs', name)));
  const sites = searchSites(view, 'post');
  return siteWeights(view, new WeightFiles(view.model), sites).flatMap(({ input, gate, output }, i) =>
    [input, gate, output].map((of) =>
      of === null
        ? null
        : neuronVectors(
            of,
            Int32Array.from({ length: sites[i]!.dMlp }, (_, j) => j),
          ),
    ),
  );
}
