/* Does time grow with the neurons, and no faster? The same model with d_mlp and four times d_mlp. */
import path from 'node:path';
import { writeIds } from './corpora.js';
import { gpt2Model } from './gpt2-small.js';
import { runProfile } from './programs.js';
import { median } from './table.js';

const SHAPE = { layers: 4, dModel: 256, heads: 4, vocabulary: 1000, positions: 256 };
const WIDTHS = [1024, 4096];

export async function benchNeurons({ folder, rounds, tokens }) {
  const corpus = path.join(folder, 'neurons.jsonl');
  await writeIds(corpus, { records: Math.ceil(tokens / 128), length: 128, vocabulary: SHAPE.vocabulary });
  const runs = WIDTHS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, dMlp] of WIDTHS.entries()) {
      runs[i].push(
        await runProfile(gpt2Model({ ...SHAPE, dMlp }).model, corpus, path.join(folder, 'neurons.profile')),
      );
    }
  }
  const [one, four] = WIDTHS.map((dMlp, i) =>
    median(
      runs[i].map((run) => (run.worker_seconds.accumulating * 1e9) / run.fed_tokens / (SHAPE.layers * dMlp)),
    ),
  );
  return { ns_per_activation: { one, four }, four_over_one: four / one };
}
