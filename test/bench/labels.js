/*
 * What labels cost: CPU time of their accumulators for each neuron and token, on batches of speeches and random
 * activations of a layer of GPT-2 small's width. Beside it, what README says of the model's own time.
 *
 *     node test/bench/labels.js [rounds]
 */
import { readFileSync } from 'node:fs';
import { conceptsAccumulator } from '../../dist/accumulate/concepts.js';
import { addSpans, logOf, spansAccumulator } from '../../dist/accumulate/spans.js';
import { sampledPositions } from '../../dist/accumulate/token-sample.js';
import { scanWindows, windowExtremes } from '../../dist/accumulate/window-extremes.js';
import { makeDocument } from '../../dist/tokens/document.js';
import { lexicalSpans } from '../../dist/tokens/lexical.js';
import { openTokenizer } from '../../dist/tokens/tokenizer.js';
import { labelTokens } from '../../dist/tokens/window-spans.js';
import { cutWindows } from '../../dist/tokens/windows.js';
import { generator } from './random.js';

const NEURONS = 3072;
const CONTEXT = 256;
const BATCH_TOKENS = 1024;
const LABELS = 16;
const SETTINGS = { sketchRange: { low: -11, high: 7 }, seed: 0 };
const fixtures = new URL('../../fixtures/', import.meta.url).pathname;

const rounds = Number(process.argv[2] ?? 3);
const next = generator(1);
const random = () => next() / 2 ** 32;
const batches = await batchesOf(40);
const tokens = batches.reduce((sum, { runs }) => sum + countOf(runs), 0);
const documents = new Set(batches.flatMap(({ places }) => places.map(({ labelled }) => labelled))).size;
console.log(`${tokens} tokens of ${documents} documents in ${batches.length} batches, ${NEURONS} neurons`);
for (const [name, accumulator] of [
  [`documents with one of ${LABELS} labels`, conceptsAccumulator(SETTINGS)],
  ['lexical labels', logged(spansAccumulator(SETTINGS))],
]) {
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const state = accumulator.empty(NEURONS);
    const before = process.cpuUsage();
    for (const batch of batches) accumulator.add(state, batch);
    const { user } = process.cpuUsage(before);
    if (round > 0) times.push((user * 1000) / NEURONS);
  }
  const best = Math.min(...times);
  console.log(
    `${name}: ${(best / tokens).toFixed(2)} ns a neuron and token, ${(best / documents).toFixed(0)} a neuron and document (worst round ${(Math.max(...times) / tokens).toFixed(2)})`,
  );
}

/** As the kernel has it: rows of many batches wait to be counted. */
function logged(accumulator) {
  let log;
  const empty = (neurons) => {
    const state = accumulator.empty(neurons);
    log = logOf(state);
    return state;
  };
  return { ...accumulator, empty, add: (state, batch) => addSpans(state, batch, log) };
}

async function batchesOf(count) {
  const tokenizer = await openTokenizer(`${fixtures}llama-shakespeare`);
  const lines = readFileSync(`${fixtures}speeches.jsonl`, 'utf8').trim().split('\n');
  const made = [];
  let windows = [];
  for (let i = 0; made.length < count; i++) {
    // Speeches are short: two and a half to a document.
    const text = [0, 1, 2].map((k) => JSON.parse(lines[(3 * i + k) % lines.length]).text).join('\n');
    const source = {
      file: 0,
      record: i,
      line: i + 1,
      startByte: 0,
      id: null,
      content: { kind: 'text', text },
    };
    const document = makeDocument(source, tokenizer, null, '');
    const cut = cutWindows(document, tokenizer, { context: CONTEXT, countSpecial: false, skipFirst: 0 });
    const { fields, labels, windows: marked } = labelTokens(document, cut, [lexicalSpans(text)], 0);
    const of = { file: 0, record: i, windows: cut.length };
    const labelled = { ...of, labels: [[`label ${Math.floor(random() * LABELS)}`]] };
    const spanned = { ...of, fields, labels };
    for (const [w, window] of cut.entries()) {
      const sampled = sampledPositions(0, { ...of, window: w }, window.ids.length);
      const spans = { document: spanned, ...marked[w], sampled };
      const place = { ...of, window: w, line: i + 1, startByte: 0, id: null, textKey: '', labelled, spans };
      windows.push({ ...place, ids: window.ids, tokenIndex: window.tokenIndex, span: () => null });
    }
    windows.sort((a, b) => b.ids.length - a.ids.length);
    if (windows.length * windows[0].ids.length > BATCH_TOKENS) {
      made.push(batchOf(windows));
      windows = [];
    }
  }
  return made;
}

function batchOf(places) {
  const length = places[0].ids.length;
  // All batches have the same activations: what is timed does not hang on them.
  const activations = activationsOf(places.length * length);
  const runs = Int32Array.from(places.flatMap(({ ids }, w) => [w, 1, ids.length]));
  const windows = windowExtremes(places.length, NEURONS);
  const batch = { activations, neurons: NEURONS, length, runs, places, windows };
  scanWindows(batch);
  return batch;
}

function activationsOf(rows) {
  activationsOf.held ??= Float32Array.from({ length: 8192 * NEURONS }, () => {
    const x = 4 * (random() + random() + random() - 1.5);
    return x / (1 + Math.exp(-1.7 * x));
  });
  return activationsOf.held.subarray(0, rows * NEURONS);
}

function countOf(runs) {
  let count = 0;
  for (let r = 0; r < runs.length; r += 3) count += runs[r + 2] - runs[r + 1];
  return count;
}
