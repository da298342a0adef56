/*
 * Profiles a model and prints its most selective neurons, each with the text that fires it most.
 *
 *     node docs/examples/selective-neurons.mjs fixtures/llama-shakespeare fixtures/speeches.jsonl
 */
import { findNeurons, formatNeuron, openProfile, profile, UserError } from 'neuroprobe';

const [model, corpus, output = 'selective.profile'] = process.argv.slice(2);

try {
  await profile(
    { model, corpus: [corpus], output, limit: 200, resume: true },
    { onNotice: (sentence) => console.error(sentence) },
  );
  const found = await openProfile(output);
  const { rows } = findNeurons(found, {
    where: 'not dead and kurtosis > 10',
    sort: ['-max / std'],
    columns: ['group', 'layer', 'neuron', 'kurtosis'],
    limit: 5,
  });
  for (const [group, layer, neuron, kurtosis] of rows) {
    const id = { group, layer, neuron };
    const [best] = found.examplesOf(id, 'top');
    const firing = best.position - best.context_start;
    const pieces = best.context_tokens.map((token) => token.replace('▁', ' ').replace('\n', '⏎'));
    const text = pieces.map((piece, i) => (i === firing ? `[${piece}]` : piece)).join('');
    console.log(`${formatNeuron(id)}  kurtosis ${kurtosis.toFixed(1)}  ${best.value.toFixed(2)}  ${text}`);
  }
} catch (error) {
  // Whatever a user can put right says what is wrong, where, and what to do about it.
  if (!(error instanceof UserError)) throw error;
  console.error(`${error.trouble.where}: ${error.trouble.what}; ${error.trouble.todo}`);
  process.exitCode = error.trouble.exit;
}
