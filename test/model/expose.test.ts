import { rmSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { lookupsOf } from '../../src/model/embedding.js';
import { viewGraph } from '../../src/onnx/graph-view.js';
import { readModel } from '../../src/onnx/read-model.js';
import { exposeToFile, type ExposeRequest } from '../../src/run/expose-file.js';
import { temporaryDirectory } from '../support/cli.js';
import { feedsOf, givesTruth, graphsWithSites, worstErrors, type GraphLine } from '../support/graphs.js';
import { describeWithShared, shared } from '../support/shared.js';
import { allSites } from '../../src/model/choose-sites.js';

/** Operators that ONNX Runtime makes of several, or that it makes of quantised ones. */
const FUSED = /^(com\.microsoft\.|com\.ms\.|QLinear|LayerNormalization$|Gelu$|.*Integer)/;

/** What taps add, and what a fusion may leave standing for a tap to be read from. */
const OURS = new Set(['Cast', 'Mul', 'Reshape', 'QuantizeLinear', 'DequantizeLinear']);

/** Its layers are in the branches of an If, whose fusions a count of the graph's own nodes does not see. */
const IN_BRANCHES = new Set(['gpt2-merged.onnx']);

/** Graphs of many exporters (../shared/graphs/README.md). */
describeWithShared('an exposed model', ['graphs/manifest.jsonl'], () => {
  const folder = temporaryDirectory();
  const lines = graphsWithSites();

  describe.each(lines.map((line) => [line.file, line] as const))('of %s', (_, line) => {
    const original = shared('graphs', line.file);
    let before: Loaded;

    beforeAll(async () => {
      before = await load(original, folder);
    });

    test('with its own outputs kept gives each bit of them, loses no fusion, and gives the taps', async () => {
      const { file, outputs } = await expose(line, folder, { keepOutputs: true });
      const after = await load(file, folder);
      for (const [op, count] of Object.entries(before.ops)) {
        if (FUSED.test(op)) expect(after.ops[op] ?? 0, op).toBeGreaterThanOrEqual(count);
      }
      if (line.inputs === undefined) return;
      const feeds = feedsOf(before.session.inputNames, line.inputs);
      const [own, both] = [await before.session.run(feeds), await after.session.run(feeds)];
      for (const name of before.session.outputNames) {
        expect(bytesOf(both[name] as Tensor).equals(bytesOf(own[name] as Tensor)), name).toBe(true);
      }
      expectTruth(outputs, both, line);
    });

    test('pruned loads by its path, gives the taps as float32 and has neither head nor broken fusions', async () => {
      const { file, outputs } = await expose(line, folder, {});
      const after = await load(file, folder);
      expect(after.session.outputNames).toEqual(outputs);
      for (const [op, count] of Object.entries(after.ops)) {
        if (FUSED.test(op) && before.ops[op] === undefined) continue;
        if (OURS.has(op) || IN_BRANCHES.has(line.file)) continue;
        expect(count, op).toBeLessThanOrEqual(before.ops[op] ?? 0);
      }
      expect(headsOf(file)).toEqual([]);
      if (line.inputs === undefined) return;
      const results = await after.session.run(feedsOf(after.session.inputNames, line.inputs));
      for (const name of outputs) expect(results[name]!.type).toBe('float32');
      expectTruth(outputs, results, line);
    });
  });

  test('keeps the name of an output that is a tap already', async () => {
    const line = lines.find(({ file }) => file === 'gpt2-exposed-renamed.onnx')!;
    const { outputs, added } = await expose(line, folder, { keepOutputs: true });
    expect(outputs).toEqual(['h0_act', 'h1_act', 'h2_act']);
    expect(added).toEqual([]);
  });

  test('names its outputs after group, layer and tap', async () => {
    const line = lines.find(({ file }) => file === 't5-legacy-14.onnx')!;
    const { outputs } = await expose(line, folder, { tap: 'pre', layers: 'enc.0,dec.1' });
    expect(outputs).toEqual(['enc.L0.pre', 'dec.L1.pre']);
  });
});

interface Loaded {
  session: InferenceSession;
  /** Nodes of the optimised graph by operator. */
  ops: Record<string, number>;
}

async function load(file: string, folder: string): Promise<Loaded> {
  const optimized = path.join(folder, 'optimized.onnx');
  rmSync(optimized, { force: true });
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    optimizedModelFilePath: optimized,
  });
  const ops: Record<string, number> = {};
  for (const { domain, opType } of readModel(optimized).graph.nodes) {
    const op = domain === '' ? opType : `${domain}.${opType}`;
    ops[op] = (ops[op] ?? 0) + 1;
  }
  return { session, ops };
}

async function expose(
  { file }: GraphLine,
  folder: string,
  asked: Partial<ExposeRequest>,
): Promise<{ file: string; outputs: string[]; added: string[] }> {
  const output = path.join(folder, 'exposed.onnx');
  const request: ExposeRequest = {
    model: shared('graphs', file),
    output,
    ...allSites(),
    keepOutputs: false,
    materialize: false,
    force: true,
    ...asked,
  };
  const { summary } = await exposeToFile(request, new AbortController().signal);
  expect(summary.data).toBeNull();
  const named = (outputs: typeof summary.outputs) => outputs.map((each) => each.output);
  return {
    file: output,
    outputs: named(summary.outputs),
    added: named(summary.outputs.filter(({ added }) => added)),
  };
}

function expectTruth(
  outputs: readonly string[],
  results: InferenceSession.OnnxValueMapType,
  line: GraphLine,
): void {
  if (line.truth === undefined || !givesTruth(line)) return;
  const values = outputs.map((name) => (results[name] as Tensor).data as Float32Array);
  for (const error of worstErrors(values, line)) expect(error).toBeLessThanOrEqual(line.tolerance!);
}

/** Projections to the vocabulary's width. */
function headsOf(file: string): string[] {
  const view = viewGraph(readModel(file));
  const { nodes, inputs } = view.graph;
  const rows = new Set(inputs.flatMap(({ name }) => lookupsOf(view, name).map((lookup) => lookup.rows)));
  const widths = new Set([...rows].filter((count) => count > 88)); // d_mlp: nothing wider is in these graphs but vocabularies
  return nodes
    .filter(({ opType }) => /MatMul|Gemm|Conv/.test(opType))
    .filter((node) => {
      const dims = node.inputs.flatMap((input) => view.constant(input)?.dims ?? []);
      return [...dims, node.attributes.get('N')?.i ?? 0].some((dim) => widths.has(dim));
    })
    .map(({ name }) => name);
}

function bytesOf({ data }: Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
