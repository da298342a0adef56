/*
 * What labels cost: CPU time that a neuron and token take in the kernel with the lexical labels, and with one of 16
 * labels a document, more than without labels: batches of speeches and random activations of a layer of GPT-2 small's
 * width. The kernels take the batches in turn, all of them a round; what counts is the difference, round by round.
 *
 *     node test/bench/labels.js [rounds] [dist of another build, to be measured beside this one]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sampledPositions } from '../../dist/accumulate/token-sample.js';
import { makeDocument } from '../../dist/tokens/document.js';
import { lexicalSpans } from '../../dist/tokens/lexical.js';
import { openTokenizer } from '../../dist/tokens/tokenizer.js';
import { labelTokens } from '../../dist/tokens/window-spans.js';
import { cutWindows } from '../../dist/tokens/windows.js';
import { generator } from './random.js';
import { median } from './table.js';

const NEURONS = 3072;
const CONTEXT = 256;
const BATCH_TOKENS = 1024;
const LABELS = 16;
const SETTINGS = {
  activeAbove: 0,
  sketchRange: { low: -11, high: 7 },
  ...{ k: 20, bottom: false, around: 16, distinct: 'document', per: 'token' },
  ...{ random: 0, bands: 0, seed: 0 },
};
const ASKED = {
  nothing: {},
  'documents with one of 16 labels': { labels: { fields: ['label'], most: LABELS } },
  'lexical labels': { spans: { fields: ['lexical'], most: LABELS } },
};
const fixtures = new URL('../../fixtures/', import.meta.url).pathname;

const rounds = Number(process.argv[2] ?? 7);
const builds = { '': new URL('../../dist/', import.meta.url).href };
if (process.argv[3] !== undefined)
  builds[', other build'] = `${pathToFileURL(path.resolve(process.argv[3])).href}/`;
const next = generator(1);
const random = () => next() / 2 ** 32;
const batches = await batchesOf(40);
const tokens = batches.reduce((sum, { runs }) => sum + countOf(runs), 0);
const documents = new Set(batches.flatMap(({ places }) => places.map(({ labelled }) => labelled))).size;
console.log(`${tokens} tokens of ${documents} documents in ${batches.length} batches, ${NEURONS} neurons`);

const subjects = [];
for (const [build, dist] of Object.entries(builds)) {
  const { simdKernel } = await import(`${dist}kernel/simd-kernel.js`);
  const { layerAccumulator } = await import(`${dist}accumulate/layer-state.js`);
  for (const [name, more] of Object.entries(ASKED)) {
    const settings = { ...SETTINGS, ...more };
    const rows = Math.max(...batches.map(({ places, length }) => places.length * length));
    const windows = Math.max(...batches.map(({ places }) => places.length));
    const kernel = simdKernel({ settings, neurons: [NEURONS], rows, windows });
    subjects.push({ build, name, kernel, state: layerAccumulator(settings).empty(NEURONS), times: [] });
  }
}
for (let round = 0; round <= rounds; round++) {
  for (const { kernel, state, times } of subjects) {
    let spent = 0;
    for (const [b, batch] of batches.entries()) {
      const rows = batch.places.length * batch.length;
      kernel.activations(0, rows).set(activationsOf(rows, b));
      spent += cpuTime(() => kernel.add(0, state, batch));
    }
    spent += cpuTime(() => kernel.flush(0, state));
    // The first round fills the examples, and is compiled.
    if (round > 0) times.push((spent * 1000) / NEURONS / tokens);
  }
}
for (const { build, name, times } of subjects) {
  const plain = subjects.find((other) => other.build === build && other.name === 'nothing');
  const more = name === 'nothing' ? times : times.map((time, round) => time - plain.times[round]);
  const [least, most] = [Math.min(...more), Math.max(...more)].map((ns) => ns.toFixed(2));
  console.log(
    `${name}${build}: ${median(more).toFixed(2)} ns a neuron and token${more === times ? '' : ' more'} (${least} to ${most})`,
  );
}

/** Microseconds of the processor. */
function cpuTime(work) {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user;
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
  const runs = Int32Array.from(places.flatMap(({ ids }, w) => [w, 1, ids.length]));
  return { length: places[0].ids.length, runs, places };
}

/** Other activations for each batch, of the same that are held. */
function activationsOf(rows, batch) {
  activationsOf.held ??= Float32Array.from({ length: 1100 * NEURONS }, () => {
    const x = 4 * (random() + random() + random() - 1.5);
    return x / (1 + Math.exp(-1.7 * x));
  });
  const from = (batch * 1777) % (activationsOf.held.length - rows * NEURONS);
  return activationsOf.held.subarray(from, from + rows * NEURONS);
}

function countOf(runs) {
  let count = 0;
  for (let r = 0; r < runs.length; r += 3) count += runs[r + 2] - runs[r + 1];
  return count;
}
