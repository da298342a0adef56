import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXPLAIN_KINDS, NO_TOKEN } from '../../src/accumulate/explain-kinds.js';
import { exposeModel } from '../../src/model/expose.js';
import { openModel } from '../../src/model/open-model.js';
import { openSession } from '../../src/model/session.js';
import { openTokenizer } from '../../src/tokens/tokenizer.js';
import { directly } from '../analyse/explained/values.js';
import { numbers, rowsOf } from '../support/arrow.js';
import { succeed, temporaryDirectory } from '../support/cli.js';
import { fixture } from '../support/fixtures.js';
import { describeWithShared, shared } from '../support/shared.js';

interface Given {
  model: string;
  corpus: string;
  documents: number;
  context: number;
  layers: number[];
}

/** A profile's η² and ε² against two passes over all activations, a window at a time through ONNX Runtime. */
function suite(name: string, { model, corpus, documents, context, layers }: Given): void {
  describe(name, () => {
    const profile = path.join(temporaryDirectory(), 'profile');

    test('has η² and ε² of a direct computation in two passes, within 1e-9', async () => {
      succeed([
        ...[
          'stats',
          model,
          corpus,
          '-o',
          profile,
          '--limit',
          `${documents}`,
          '--context',
          `${context}`,
          '--quiet',
        ],
        ...['--layers', layers.join(','), '--explain', EXPLAIN_KINDS.join(','), '--workers', '2'],
        ...['--block-size', '8KiB'],
      ]);
      const rows = rowsOf(profile, 'neurons.arrow');
      const { classes, activations, neurons } = await everyActivation();
      let [worst, known] = [0, 0];
      for (const [site, layer] of layers.entries()) {
        const ofLayer = rows.filter((row) => row['layer'] === layer);
        const width = neurons[site]!;
        const values = new Float64Array(classes.length);
        for (let j = 0; j < width; j++) {
          for (let i = 0; i < values.length; i++) values[i] = activations[site]![i * width + j]!;
          for (const kind of EXPLAIN_KINDS) {
            const direct = directly(
              values,
              classes.map((each) => each[kind]),
            );
            const [eta2] = numbers([ofLayer[j]!], `eta2_${kind}`);
            const [epsilon2] = numbers([ofLayer[j]!], `epsilon2_${kind}`);
            expect(eta2).not.toBeNaN();
            worst = Math.max(worst, Math.abs(eta2! - direct.eta2), Math.abs(epsilon2! - direct.epsilon2));
            known++;
          }
        }
      }
      console.log(`${name}: ${known} pairs of η² and ε², the farthest off by ${worst.toExponential(1)}`);
      expect(worst).toBeLessThan(1e-9);
    }, 600_000);

    /** Classes of each counted token, and every layer's activations on them, row after row. */
    async function everyActivation() {
      const choice = {
        tap: 'post',
        layers: layers.join(','),
        outputs: null,
        downProjection: null,
        tensors: null,
      } as const;
      const { exposure } = exposeModel(openModel(path.join(model, 'model.onnx')), choice);
      const session = await openSession(exposure, { threads: 1, device: 'cpu', path: model });
      const { encode, prefix, suffix } = await openTokenizer(model);
      const room = context - prefix.length - suffix.length;
      const neurons = exposure.outputs.map(({ site }) => site.dMlp);
      const lines = readFileSync(corpus, 'utf8')
        .split('\n')
        .slice(0, documents)
        .filter((line) => line !== '');
      const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
      const ids = texts.map(encode);
      const total = ids.reduce((sum, each) => sum + each.length, 0);
      const activations = neurons.map((width) => new Float32Array(total * width));
      const classes: { position: number; token: number; previous: number }[] = [];
      for (const document of ids) {
        for (let start = 0; start < document.length; start += room) {
          const run = document.subarray(start, start + room);
          const fed = Int32Array.of(...prefix, ...run, ...suffix);
          const into = neurons.map((width) => new Float32Array(fed.length * width));
          const sequence = { ids: fed, attentionMask: null, source: null };
          await session.run({ sequences: [sequence], length: fed.length }, into);
          into.forEach((values, site) => {
            const width = neurons[site]!;
            const counted = values.subarray(prefix.length * width, (prefix.length + run.length) * width);
            activations[site]!.set(counted, classes.length * width);
          });
          run.forEach((token, i) => {
            const previous = document[start + i - 1] ?? NO_TOKEN;
            classes.push({ position: prefix.length + i, token, previous });
          });
        }
      }
      await session.close();
      return { classes, activations, neurons };
    }
  });
}

suite('the bundled model on its speeches', {
  ...{ model: fixture('llama-shakespeare'), corpus: fixture('speeches.jsonl') },
  ...{ documents: 200, context: 64, layers: [0, 4] },
});

describeWithShared('what explains the oracle’s neurons', ['models', 'corpora'], () => {
  const corpus = shared('corpora', 'tinyshakespeare.jsonl');
  suite('of llama-shakespeare', {
    ...{ model: shared('models', 'llama-shakespeare'), corpus, documents: 1000 },
    ...{ context: 256, layers: [1, 4] },
  });
  suite('of gpt2-shakespeare', {
    ...{ model: shared('models', 'gpt2-shakespeare'), corpus, documents: 1000 },
    ...{ context: 128, layers: [0, 3] },
  });
});
