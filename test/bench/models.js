/* The end-to-end part of the benchmark: a model profiled, and the same model run for nothing. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULTS } from '../../dist/run/defaults.js';
import { writeIds, writeTexts } from './corpora.js';
import { GPT2_SMALL, gpt2Model, NOTHING } from './gpt2-small.js';
import { runBare, runHooks, runProfile, writeJobs } from './programs.js';
import { median } from './table.js';

const WINDOW = 128;
/**
 * Twenty records of ids: of 108,000 tokens some forty blocks. By default there would be twenty, and while the last
 * one is computed the other worker would wait, which says nothing of longer corpora.
 */
const BLOCK_SIZE = 16 * 1024;
/** Each run of the small model takes this many times the tokens: it is some fifty times faster. */
const SMALL_FACTOR = 10;
/** Tokens of a document of writeTexts, about. */
const TOKENS_A_TEXT = 52;
const LLAMA = fileURLToPath(new URL('../../fixtures/llama-shakespeare', import.meta.url));

/** GPT-2 small's shape, windows of 128 random ids. */
export async function benchGpt2(settings) {
  const { model, quiet } = gpt2Model();
  const corpus = path.join(settings.folder, 'ids.jsonl');
  const records = Math.ceil(settings.tokens / WINDOW);
  await writeIds(corpus, { records, length: WINDOW, vocabulary: GPT2_SMALL.vocabulary });
  const withHead = {
    model,
    quiet,
    noCopy: NOTHING,
    outputs: [{ name: 'logits', width: GPT2_SMALL.vocabulary }],
  };
  return compare(model, corpus, settings, { withHead, hooks: true, blockSize: BLOCK_SIZE });
}

/** The bundled small model on text: tokenizing, JSON and all. */
export async function benchLlama(settings) {
  const corpus = path.join(settings.folder, 'texts.jsonl');
  await writeTexts(corpus, Math.ceil((SMALL_FACTOR * settings.tokens) / TOKENS_A_TEXT));
  const file = path.join(LLAMA, 'model.onnx');
  const withHead = {
    model: file,
    quiet: file,
    noCopy: null,
    outputs: [{ name: 'logits', width: 1024 }],
  };
  return compare(LLAMA, corpus, settings, { withHead, hooks: false, blockSize: DEFAULTS.blockSize });
}

async function compare(model, corpus, { folder, rounds, python }, { withHead, hooks, blockSize }) {
  const jobs = await writeJobs(model, corpus, folder, { withHead, blockSize });
  const args = ['--block-size', String(blockSize)];
  const output = path.join(folder, 'bench.profile');
  const programs = {
    bare: () => runBare(jobs.bare),
    profile: () => runProfile(model, corpus, output, args),
    with_head: () => runBare(jobs.withHead),
    with_head_best: () => runBare(jobs.withHeadBest),
    one_worker: () => runProfile(model, corpus, output, [...args, '--workers', '1']),
    ...(hooks ? { torch: () => runHooks(python) } : {}),
  };
  const results = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(programs)) results[name].push(await program());
  }
  return figuresOf(results, jobs);
}

/** Medians of rates, and of the rounds' ratios. */
function figuresOf(
  { bare, profile, with_head, with_head_best, one_worker, torch },
  { padding, activationsPerToken },
) {
  const rates = profile.map(({ rate }) => rate);
  const over = (others) => median(rates.map((rate, i) => rate / others[i]));
  const hooked =
    torch?.[0].reason === undefined ? torch?.map((each) => each.hooks_tokens_per_second) : undefined;
  const ns = (part) =>
    median(profile.map((run) => (run.worker_seconds[part] * 1e9) / run.fed_tokens / activationsPerToken));
  return {
    tokens_per_second: {
      profile: median(rates),
      bare: median(bare),
      with_head: median(with_head),
      with_head_best: median(with_head_best),
      profile_one_worker: median(one_worker.map(({ rate }) => rate)),
      torch_forward:
        hooked === undefined ? null : median(torch.map((each) => each.forward_tokens_per_second)),
      torch_hooks: hooked === undefined ? null : median(hooked),
    },
    torch_missing: torch?.[0].reason ?? null,
    ratios: {
      profile_over_bare: over(bare),
      profile_over_with_head: over(with_head),
      profile_over_with_head_best: over(with_head_best),
      profile_over_torch_hooks: hooked === undefined ? null : over(hooked),
      two_workers_over_one: over(one_worker.map(({ rate }) => rate)),
    },
    ns_per_activation: { model: ns('model'), accumulating: ns('accumulating'), tokenizing: ns('tokenizing') },
    seconds: {
      start: median(profile.map(({ seconds }) => seconds.loading)),
      finish: median(profile.map(({ seconds }) => seconds.writing)),
    },
    peak_rss_bytes: median(profile.map((run) => run.peak_rss_bytes)),
    padding,
    rounds: { profile: rates, bare, with_head, with_head_best },
  };
}
