/* What labels cost a whole run: GPT-2 small's shape on text, with lexical labels and 16 labels of documents and without. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOKENS_A_TEXT, writeTexts } from './corpora.js';
import { gpt2Model } from './gpt2-small.js';
import { profileProgram, root } from './programs.js';
import { rateOf, runInTurns } from './slices.js';
import { median } from './table.js';

const LABELS = 16;
/** Times the tokens of the other parts: that many are twenty blocks of the default size. */
const TIMES = 2;
/** Its ids are below the model's 50,257: what matters is that there is text. */
const TOKENIZER = fileURLToPath(new URL('../../fixtures/llama-shakespeare', import.meta.url));

export async function benchLabels({ folder, rounds, tokens }) {
  const { model } = gpt2Model();
  const corpus = path.join(folder, 'labelled.jsonl');
  await writeTexts(corpus, Math.ceil((TIMES * tokens) / TOKENS_A_TEXT), LABELS);
  const args = ['--tokenizer', TOKENIZER];
  const program = (name, options) =>
    profileProgram(model, corpus, path.join(folder, `${name}.profile`), [...args, ...options]);
  const runs = await runInTurns(
    { plain: program('plain', []), labels: program('labels', ['--lexical', '--label-field', 'label']) },
    { rounds, cwd: root },
  );
  const each = (figure) => Object.fromEntries(Object.entries(runs).map(([name, of]) => [name, figure(of)]));
  const rates = each(rateOf);
  return {
    labels_over_plain: rates.labels / rates.plain,
    tokens_per_second: rates,
    peak_rss_bytes: each((of) => median(of.map((run) => run.peak_rss_bytes))),
    rounds: each((of) => of.map(({ rate }) => rate)),
  };
}
