/* What labels cost a whole run: GPT-2 small's shape on text, with lexical labels and 16 labels of documents and without. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOKENS_A_TEXT, writeTexts } from './corpora.js';
import { GPT2_SMALL, gpt2Model } from './gpt2-small.js';
import { runProfile } from './programs.js';
import { median } from './table.js';

/** Each run takes this share of the tokens. */
const SHARE = 0.2;
const LABELS = 16;
const NEURONS = GPT2_SMALL.layers * GPT2_SMALL.dMlp;
/**
 * A batch or so: with labels of spans the last blocks are not shared between workers, and of a short corpus large ones
 * would leave one worker waiting for the other, which says nothing of longer corpora.
 */
const BLOCK_SIZE = 4 * 1024;
/** Its ids are below the model's 50,257: what matters is that there is text. */
const TOKENIZER = fileURLToPath(new URL('../../fixtures/llama-shakespeare', import.meta.url));

export async function benchLabels({ folder, rounds, tokens }) {
  const { model } = gpt2Model();
  const corpus = path.join(folder, 'labelled.jsonl');
  await writeTexts(corpus, Math.ceil((SHARE * tokens) / TOKENS_A_TEXT), LABELS);
  const args = ['--tokenizer', TOKENIZER, '--block-size', String(BLOCK_SIZE)];
  const output = path.join(folder, 'labelled.profile');
  const programs = {
    plain: () => runProfile(model, corpus, output, args),
    labels: () => runProfile(model, corpus, output, [...args, '--lexical', '--label-field', 'label']),
  };
  const runs = { plain: [], labels: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(programs)) runs[name].push(await program());
  }
  const over = runs.labels.map(({ rate }, round) => rate / runs.plain[round].rate);
  const each = (figure) =>
    Object.fromEntries(Object.entries(runs).map(([name, of]) => [name, median(of.map(figure))]));
  return {
    labels_over_plain: median(over),
    tokens_per_second: each(({ rate }) => rate),
    seconds: each(({ whole }) => whole),
    // Of a worker, of each token and neuron.
    ns_per_activation: each((run) => (run.worker_seconds.accumulating * 1e9) / run.fed_tokens / NEURONS),
    peak_rss_bytes: each((run) => run.peak_rss_bytes),
    rounds: { labels_over_plain: over },
  };
}
