import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { expectRefusal } from '../support/refusal.js';
import { describeWithShared, shared } from '../support/shared.js';
import { searchSites } from '../../src/model/find-sites.js';
import { openModel } from '../../src/model/open-model.js';
import { findProjections } from '../../src/model/projection.js';
import { viewGraph, type GraphView } from '../../src/onnx/graph-view.js';
import { weightByRuntime } from '../support/projection-runner.js';

const MODEL = fixture('llama-shakespeare');
const D_MODEL = 96;
const D_MLP = 260;
const VOCABULARY = 1024;
const EPSILON = 2 ** -24;

interface Weights {
  unembedding: { vocabulary: number; norm: string } | null;
  no_logits: string | null;
  neurons: {
    neuron: string;
    input_norm: number;
    gate_norm: number | null;
    output_norm: number;
    cos_input_output: number;
    raises: { id: number; token: string | null; logit: number }[] | null;
    lowers: { id: number; token: string | null; logit: number }[] | null;
  }[];
}

const weightsOf = (...args: string[]) =>
  JSON.parse(succeed(['weights', ...args, '--json', '--quiet']).stdout) as Weights;

describe('weights of the bundled model', () => {
  const view = viewGraph(openModel(path.join(MODEL, 'model.onnx')));
  const file = readFileSync(path.join(MODEL, 'model.onnx'));

  test('gives the logits that a direct multiplication of the same weights gives', () => {
    const { neurons, unembedding } = weightsOf(MODEL, 'L0.N4', 'L2.N147', 'L4.N259', '--top', '20');
    expect(unembedding).toMatchObject({ vocabulary: VOCABULARY, norm: 'RMSNorm' });
    const head = matrixOf(view, file, findHead(view), D_MODEL, VOCABULARY);
    const gain = gainOf(view, file);
    for (const { neuron, raises, lowers, output_norm } of neurons) {
      const [layer, j] = /L(\d+)\.N(\d+)/.exec(neuron)!.slice(1).map(Number) as [number, number];
      const down = matrixOf(view, file, searchSites(view, 'post')[layer]!.nodes.down!, D_MLP, D_MODEL);
      const written = Array.from({ length: D_MODEL }, (_, i) => down(j, i));
      expect(output_norm).toBeCloseTo(Math.hypot(...written), 12);
      const terms = (id: number) => written.map((w, i) => w * gain[i]! * head(i, id));
      const all = Array.from({ length: VOCABULARY }, (_, id) => terms(id).reduce((a, b) => a + b, 0));
      const order = all.map((_, id) => id).sort((a, b) => all[b]! - all[a]!);
      const bound = (id: number) => (D_MODEL + 1) * EPSILON * terms(id).reduce((a, b) => a + Math.abs(b), 0);
      for (const [side, expected] of [
        [raises!, order],
        [lowers!, order.toReversed()],
      ] as const) {
        expect(side.length).toBe(20);
        side.forEach(({ id, logit }, rank) => {
          expect(Math.abs(logit - all[id]!)).toBeLessThanOrEqual(bound(id));
          // Ranks may differ only where logits are as near as the arithmetic is exact.
          const other = expected[rank]!;
          expect(Math.abs(all[id]! - all[other]!)).toBeLessThanOrEqual(bound(id) + bound(other));
        });
      }
    }
  });

  test('names the tokens in the vocabulary’s strings', () => {
    const vocabulary = (
      JSON.parse(readFileSync(path.join(MODEL, 'tokenizer.json'), 'utf8')) as {
        model: { vocab: Record<string, number> };
      }
    ).model.vocab;
    for (const { id, token } of weightsOf(MODEL, 'L0.N4').neurons[0]!.raises!)
      expect(vocabulary[token!]).toBe(id);
  });

  test('shows that the neuron which fires on j writes what follows one', () => {
    const { stdout, stderr } = neuroprobe(['weights', MODEL, 'L0.N4', '--top', '2']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^L0\.N4\n {2}norms +input [\d.]+ {2}gate [\d.]+ {2}output [\d.]+\n/);
    expect(stdout).toMatch(/^ *\+0\.5369 {2}“oy” +1002 /m);
    expect(stdout).toMatch(/^ *\+0\.4796 {2}“ust” +544 /m);
    expect(stdout.replace(/\s+/g, ' ')).toContain('the gain of the final RMSNorm, an approximation');
    for (const line of stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test('writes a row a neuron, which says what is printed of it', () => {
    const out = path.join(folder, 'weights.arrow');
    succeed(['weights', MODEL, '--layers', '0,3', '-o', folder, '--quiet', '--top', '3']);
    const rows = rowsOf(folder, 'weights.arrow');
    expect(rows.map((row) => [row['layer'], row['neuron']])).toEqual(
      [0, 3].flatMap((layer) => Array.from({ length: D_MLP }, (_, j) => [layer, j])),
    );
    const { neurons } = weightsOf(MODEL, 'L0.N4', 'L3.N0-1', '--top', '3');
    for (const [at, neuron] of [4, D_MLP, D_MLP + 1].map((row, i) => [row, neurons[i]!] as const)) {
      const row = rows[at]!;
      expect(row['raises_ids']).toEqual(neuron.raises!.map(({ id }) => id));
      expect(row['raises_tokens']).toEqual(neuron.raises!.map(({ token }) => token));
      expect(row['lowers_ids']).toEqual(neuron.lowers!.map(({ id }) => id));
      expect(row['input_norm']).toBe(neuron.input_norm);
      expect(row['cos_input_output']).toBe(neuron.cos_input_output);
      neuron.lowers!.forEach(({ logit }, i) =>
        expect((row['lowers_by'] as number[])[i]).toBeCloseTo(logit, 5),
      );
    }
    expectRefusal(folder, ['weights', MODEL, '-o', out], 73, ['name another with -o']);
  });
});

describe('weights of a model without an unembedding', () => {
  test('are norms and cosines only, and it says why', () => {
    const { code, stdout } = neuroprobe(['weights', fixture('graphs/bert-tfopt-fp16.onnx'), 'L0.N1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/norms +input [\d.]+ {2}output [\d.]+/);
    expect(stdout).toContain('No logits: the head has layers of its own');
    expect(stdout).not.toContain('raises');
    const { no_logits, neurons } = weightsOf(fixture('graphs/bert-tfopt-fp16.onnx'), 'L0.N1');
    expect([no_logits !== null, neurons[0]!.raises, neurons[0]!.gate_norm]).toEqual([true, null, null]);
  });
});

describeWithShared('weights of a 4-bit file', ['graphs/llama-q4.onnx', 'graphs/llama-legacy-14.onnx'], () => {
  const model = shared('graphs/llama-q4.onnx');

  test('give the logits of the weights that ONNX Runtime multiplies with', async () => {
    const view = viewGraph(openModel(model));
    const projections = [...findProjections(view).values()];
    const byName = (name: string) => projections.find(({ node }) => (node.name || node.outputs[0]) === name)!;
    const down = (await weightByRuntime(view, byName(searchSites(view, 'post')[0]!.nodes.down!)))!;
    const head = (await weightByRuntime(view, projections.at(-1)!))!;
    const { neurons } = weightsOf(model, 'L0.N3', '--top', '5');
    const gain = gainOf(view, readFileSync(model));
    for (const { id, logit } of [...neurons[0]!.raises!, ...neurons[0]!.lowers!]) {
      let expected = 0;
      for (let i = 0; i < 32; i++) expected += down[3 * 32 + i]! * gain[i]! * head[i * 101 + id]!;
      expect(logit).toBeCloseTo(expected, 5);
    }
  });

  test('are those of the float32 file within the rounding to 4 bits', () => {
    const [q4, float] = [model, shared('graphs/llama-legacy-14.onnx')].map(
      (file) => weightsOf(file, 'L0.N0-87', '--top', '101').neurons,
    );
    let [difference, size] = [0, 0];
    q4!.forEach(({ raises }, j) => {
      const exact = new Map(float![j]!.raises!.map(({ id, logit }) => [id, logit]));
      for (const { id, logit } of raises!) {
        difference += (logit - exact.get(id)!) ** 2;
        size += exact.get(id)! ** 2;
      }
    });
    // Both matrices are rounded to 16 steps a block: some 1/15 of their spread each, √2 of that together.
    const relative = Math.sqrt(difference / size);
    expect(relative).toBeGreaterThan(0.01);
    expect(relative).toBeLessThan(0.2);
  });
});

describe('weights refuses', () => {
  const cases: [what: string, args: string[], exit: number, says: string][] = [
    ['no neuron and no file', [MODEL], 2, 'no neuron is named'],
    ['a layer that is not there', [MODEL, 'L9.N0'], 2, 'no layer L9'],
    ['a neuron that is not there', [MODEL, 'L0.N260'], 2, 'there is no N260'],
    ['what names none', [MODEL, 'five'], 2, '"five" names no neurons'],
    ['a model that is not there', ['nowhere', 'L0.N0'], 66, 'no such file'],
    ['a graph without FFNs', [fixture('graphs/refuse-lstm.onnx'), 'L0.N0'], 69, 'no FFN was found'],
  ];
  test.each(cases)('%s', (_, args, exit, says) => {
    expectRefusal(folder, ['weights', ...args], exit, [says]);
  });

  test('a data file that is missing, and leaves nothing', () => {
    const broken = path.join(folder, 'broken.onnx');
    copyFileSync(path.join(MODEL, 'model.onnx'), broken);
    writeFileSync(broken, readFileSync(broken).subarray(0, statSync(broken).size - 5000));
    expect(neuroprobe(['weights', broken, '-o', path.join(folder, 'none.arrow')]).code).toBe(69);
    expect(existsSync(path.join(folder, 'none.arrow'))).toBe(false);
  });
});

const folder = temporaryDirectory();

function findHead(view: GraphView): string {
  const projections = [...findProjections(view).values()];
  const head = projections.find(({ outputWidth }) => outputWidth === VOCABULARY)!;
  return head.node.name;
}

/** A float32 matrix that stands raw in the file as the node multiplies with it. */
function matrixOf(view: GraphView, file: Buffer, nodeName: string, rows: number, columns: number) {
  const node = view.graph.nodes.find(({ name }) => name === nodeName)!;
  const { raw, dims } = view.graph.initializers.get(node.inputs[1]!)!;
  expect(dims).toEqual([rows, columns]);
  return (row: number, column: number) => file.readFloatLE(raw!.start + 4 * (row * columns + column));
}

/** The weight of the final norm, by its name. */
function gainOf(view: GraphView, file: Buffer): number[] {
  const norm = [...view.graph.initializers.values()].find(({ name }) =>
    /(^|[^_])\bmodel\.norm\.weight$/.test(name),
  )!;
  return Array.from({ length: norm.dims[0]! }, (_, i) => file.readFloatLE(norm.raw!.start + 4 * i));
}
