/* Corpora of the benchmarks, from seeds: written once into a folder. */
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { generator } from './random.js';

/** Records of `length` ids below `vocabulary` each. */
export function writeIds(file, { records, length, vocabulary }) {
  const random = generator(records);
  return writeLines(file, records, (i) => ({
    id: `d${i}`,
    input_ids: Array.from({ length }, () => random() % vocabulary),
  }));
}

/** Tokens of a document of writeTexts, about. */
export const TOKENS_A_TEXT = 52;

/**
 * Documents of one to five sentences of the bundled speeches, in any order, so that no two are alike.
 * @param labels how many each has one of, in turn; 0: none
 */
export function writeTexts(file, documents, labels = 0) {
  const next = textSource(documents);
  return writeLines(file, documents, (i) => {
    const label = labels === 0 ? {} : { label: `label ${i % labels}` };
    return { id: `d${i}`, text: next(), ...label };
  });
}

/** Such texts, one a call, as many as are wanted. */
export function textSource(seed) {
  const random = generator(seed);
  const speeches = fileURLToPath(new URL('../../fixtures/speeches.jsonl', import.meta.url));
  const sentences = readFileSync(speeches, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => JSON.parse(line).text.split(/(?<=[.!?;:])\s+/));
  const sentence = () => sentences[random() % sentences.length];
  return () => Array.from({ length: 1 + (random() % 5) }, sentence).join(' ');
}

async function writeLines(file, count, recordOf) {
  const stream = createWriteStream(file);
  for (let i = 0; i < count; i++) {
    if (!stream.write(`${JSON.stringify(recordOf(i))}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
