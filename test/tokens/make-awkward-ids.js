/**
 * Makes awkward-ids.json with the Rust tokenizers, an implementation that is not ours:
 *   npm install --prefix /tmp/rust tokenizers@0.23.2
 *   NODE_PATH=/tmp/rust/node_modules node test/tokens/make-awkward-ids.js && npx prettier --write test/tokens
 * The package brings libraries for thirteen platforms (62 MiB), so it is no dependency.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { Tokenizer } = createRequire(import.meta.url)('tokenizers');
const shared = new URL('../../../shared/', import.meta.url);
const LONG = 400;

const result = { made: 'by make-awkward-ids.js with tokenizers 0.23.2 (Rust), without special tokens' };
for (const model of ['llama-shakespeare', 'gpt2-shakespeare', 'bert-tiny-random']) {
  const tokenizer = Tokenizer.fromFile(new URL(`models/${model}/tokenizer.json`, shared).pathname);
  const idsOf = async (text) => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  const awkward = {};
  for (const { id, text } of recordsOf('awkward.jsonl')) {
    const ids = await idsOf(text);
    awkward[id] = ids.length > LONG ? { count: ids.length, sha256: hashOf([ids]) } : ids;
  }
  const lists = [];
  for (const { text } of recordsOf('tinyshakespeare.jsonl')) lists.push(await idsOf(text));
  const count = lists.reduce((sum, ids) => sum + ids.length, 0);
  result[model] = { awkward, tinyshakespeare: { count, sha256: hashOf(lists) } };
}
const json = JSON.stringify(result, null, 1).replaceAll(/\[[\s\d,]*\]/g, (list) =>
  list.replaceAll(/\s+/g, ''),
);
writeFileSync(new URL('awkward-ids.json', import.meta.url), json + '\n');

function recordsOf(corpus) {
  const lines = readFileSync(new URL(`corpora/${corpus}`, shared), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** SHA-256 of each list's length and ids, 32-bit little-endian. */
function hashOf(lists) {
  const hash = createHash('sha256');
  for (const ids of lists) hash.update(Int32Array.of(ids.length, ...ids));
  return hash.digest('hex');
}
