import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsOf, type Row } from '../support/arrow.js';
import { neuroprobe, succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph-builder.js';
import { expectRefusal } from '../support/refusal.js';
import { expectSameFiles } from '../support/profiles.js';

const WIDTH = 8;
const NEURONS = 24;
const VOCABULARY = 40;

/** Two gated FFNs: SwiGLU, and ReGLU, whose gate is often exactly 0. */
function gatedModel() {
  const g = new GraphBuilder();
  const factors: { act: string; up: string; post: string }[] = [];
  const ffn = (x: string, activate: (gate: string) => string) => {
    const act = activate(g.linear(x, WIDTH, NEURONS));
    const up = g.linear(x, WIDTH, NEURONS);
    const post = g.op('Mul', [act, up]);
    factors.push({ act, up, post });
    return g.add(x, g.linear(post, NEURONS, WIDTH));
  };
  const x = ffn(g.embed(VOCABULARY, WIDTH), (gate) => g.op('Mul', [gate, g.op('Sigmoid', [gate])]));
  const y = ffn(x, (gate) => g.op('Relu', [gate]));
  return { g, factors, out: y };
}

describe('--gate-cases', () => {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  const { g, factors, out } = gatedModel();
  const documents = Array.from({ length: 30 }, (_, d) =>
    Array.from({ length: 3 + ((7 * d) % 11) }, (_, p) => (d * 13 + p * p * 5 + p) % VOCABULARY),
  );
  const args = (output: string, ...more: string[]) => [
    ...['profile', at('m.onnx'), at('c.jsonl'), '-o', at(output), '--quiet', '-k', '2', '--around', '2'],
    ...['--gate-cases', '--block-size', '200', ...more],
  ];
  let rows: Row[];

  beforeAll(() => {
    writeFileSync(at('m.onnx'), g.bytes(out));
    writeFileSync(at('c.jsonl'), documents.map((ids) => `${JSON.stringify({ input_ids: ids })}\n`).join(''));
    succeed(args('one', '--workers', '1'));
    rows = rowsOf(at('one'), 'gate_cases.arrow');
  });

  /** ONNX Runtime's own values of a tensor, document by document. */
  async function valuesOf(tensor: string): Promise<Float32Array[]> {
    const model = await InferenceSession.create(g.bytes(tensor));
    const values: Float32Array[] = [];
    for (const ids of documents) {
      const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
      values.push((await model.run({ input_ids: input }))[tensor]!.data as Float32Array);
    }
    await model.release();
    return values;
  }

  test('are what ONNX Runtime’s own factors say, token by token', async () => {
    const tokens = documents.flat().length;
    const seen = new Set<string>();
    for (const [layer, names] of factors.entries()) {
      const [act, up, post] = await Promise.all([names.act, names.up, names.post].map(valuesOf));
      for (let j = 0; j < NEURONS; j++) {
        for (const [gate, other] of ['++', '+-', '-+', '--'].map((signs) => [...signs])) {
          const found: { value: number; document: number; position: number }[] = [];
          documents.forEach((ids, document) =>
            ids.forEach((_, position) => {
              const i = position * NEURONS + j;
              const [a, u] = [act![document]![i]!, up![document]![i]!];
              const isCase = (gate === '+' ? a > 0 : a < 0) && (other === '+' ? u > 0 : u < 0);
              if (isCase) found.push({ value: post![document]![i]!, document, position });
            }),
          );
          const row = rows.find(
            (each) =>
              each['layer'] === layer &&
              each['neuron'] === j &&
              each['gate'] === gate &&
              each['up'] === other,
          );
          expect(row === undefined).toBe(found.length === 0);
          if (row === undefined) continue;
          seen.add(`${layer} ${gate}${other}`);
          expect([row['count'], row['share']]).toEqual([found.length, found.length / tokens]);
          const mean = found.reduce((sum, { value }) => sum + value, 0) / found.length;
          expect(row['mean']).toBeCloseTo(mean, 12);
          const best = found.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
          expect([row['value'], row['document'], row['position']]).toEqual(Object.values(best));
          expect(row['token_id']).toBe(documents[best.document]![best.position]);
          const offset = best.position - Number(row['context_start']);
          const context = row['context_activations'] as number[];
          expect(context[offset]).toBe(row['value']);
          expect(context).toEqual(
            context.map(
              (_, i) => post![best.document]![(Number(row['context_start']) + i) * NEURONS + j]! + 0,
            ),
          );
        }
      }
    }
    // A ReLU never has a negative gate.
    expect([...seen].sort()).toEqual(['0 ++', '0 +-', '0 -+', '0 --', '1 ++', '1 +-']);
  });

  test('are the same with two workers, of shards, with the reference kernel, and for some neurons alone', () => {
    succeed(args('two', '--workers', '2'));
    expectSameFiles(at('two'), at('one'));
    for (const i of [0, 1, 2]) succeed(args('shards', '--shard', `${i}/3`));
    succeed(['merge', at('shards'), '-o', at('merged'), '--quiet']);
    expectSameFiles(at('merged'), at('one'));
    succeed(args('reference'), { env: { NEUROPROBE_KERNEL: 'reference' } });
    expectSameFiles(at('reference'), at('one'));
    succeed(args('some', '--neurons', 'L1.N3-5'));
    const some = rowsOf(at('some'), 'gate_cases.arrow');
    const among = (row: Row) =>
      row['layer'] === 1 && Number(row['neuron']) >= 3 && Number(row['neuron']) <= 5;
    expect(some).toEqual(rows.filter(among));
    succeed(['check', at('one')]);
  });

  test('change no other table, whatever the tap', () => {
    const plain = (output: string, tap: string) =>
      args(output, '--tap', tap).filter((word) => word !== '--gate-cases');
    for (const tap of ['post', 'act', 'up']) {
      succeed(plain(`plain ${tap}`, tap));
      succeed(args(`with ${tap}`, '--tap', tap));
      for (const file of ['neurons.arrow', 'examples.arrow', 'histograms.arrow', 'layers.arrow'])
        expect(
          readFileSync(path.join(at(`with ${tap}`), file)).equals(
            readFileSync(path.join(at(`plain ${tap}`), file)),
          ),
        ).toBe(true);
      expect(rowsOf(at(`with ${tap}`), 'gate_cases.arrow')).toEqual(rows);
    }
  });

  test('are shown, and stand in the report', () => {
    const text = succeed(['show', at('one'), 'L0.N1']).stdout;
    expect(text).toContain('signs of gate and other factor');
    expect(text).toMatch(/\n {2}\+ − +\d/);
    const report = readFileSync(path.join(at('one'), 'report.txt'), 'utf8');
    expect(report).toMatch(/Signs of gates\n─+\n +layer +\+ \+ +\+ − +− \+ +− − +none\n/);
    const [, l0, l1] = /none\n(.*)\n(.*)\n/.exec(report)!;
    expect(l0).toMatch(/ 0 %$/);
    expect(l1).not.toMatch(/ 0 %$/);
  });

  test('are refused of FFNs without a gate (69), and of topk (2)', () => {
    const u = new GraphBuilder();
    const x = u.embed(VOCABULARY, WIDTH);
    writeFileSync(
      at('plain.onnx'),
      u.bytes(u.add(x, u.linear(u.op('Relu', [u.linear(x, WIDTH, NEURONS)]), NEURONS, WIDTH))),
    );
    expectRefusal(folder, ['profile', 'plain.onnx', 'c.jsonl', '--gate-cases', '--quiet'], 69, [
      'L0 has no gate whose activation is multiplied',
      'leave --gate-cases out',
    ]);
    const { code, stderr } = neuroprobe(['topk', at('m.onnx'), at('c.jsonl'), '--gate-cases']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('topk keeps no figures')]);
  });

  test('are refused of a tensor that was named (2): the search does not know its gate', () => {
    const tensor = factors[0]!.post;
    expectRefusal(
      folder,
      ['profile', 'm.onnx', 'c.jsonl', '--tensor', tensor, '--gate-cases', '--quiet'],
      2,
      [
        `L0 was named by its tensor "${tensor}", and which FFN's that is`,
        'leave out what names it (--tensor, --outputs, --down-proj)',
      ],
    );
  });

  test('of gated layers are kept beside a layer without a gate', () => {
    const u = new GraphBuilder();
    const x = u.embed(VOCABULARY, WIDTH);
    const plain = u.add(x, u.linear(u.op('Relu', [u.linear(x, WIDTH, NEURONS)]), NEURONS, WIDTH));
    const gate = u.op('Sigmoid', [u.linear(plain, WIDTH, NEURONS)]);
    const product = u.op('Mul', [gate, u.linear(plain, WIDTH, NEURONS)]);
    writeFileSync(at('mixed.onnx'), u.bytes(u.add(plain, u.linear(product, NEURONS, WIDTH))));
    const args = ['profile', 'mixed.onnx', 'c.jsonl', '--gate-cases', '--quiet'];
    expectRefusal(folder, args, 69, ['L0 has no gate', 'name layers that have one with --layers: L1']);
    succeed([...args, '--layers', '1', '-o', 'mixed.profile'], { cwd: folder });
    const rows = rowsOf(at('mixed.profile'), 'gate_cases.arrow');
    expect(new Set(rows.map((row) => row['layer']))).toEqual(new Set([1]));
  });

  test('of a real model split every token into cases', () => {
    succeed([
      ...['stats', fixture('llama-shakespeare'), fixture('speeches.jsonl'), '-o', at('llama'), '--quiet'],
      ...['--limit', '5', '--layers', '0', '--gate-cases'],
    ]);
    const shares = new Map<number, number>();
    for (const { neuron, share } of rowsOf(at('llama'), 'gate_cases.arrow'))
      shares.set(Number(neuron), (shares.get(Number(neuron)) ?? 0) + Number(share));
    for (const share of shares.values()) expect(share).toBeCloseTo(1, 9);
  });
});
