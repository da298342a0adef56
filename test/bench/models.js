/* The end-to-end part of the benchmark: a model profiled, and the same model run for nothing. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULTS } from '../../dist/run/defaults.js';
import { TOKENS_A_TEXT, writeIds, writeTexts } from './corpora.js';
import { GPT2_SMALL, gpt2Model, NOTHING } from './gpt2-small.js';
import { bareProgram, profileProgram, root, runHooks, runProfile, writeJobs } from './programs.js';
import { rateOf, runInTurns } from './slices.js';
import { median } from './table.js';

const WINDOW = 128;
/**
 * Twenty records of ids: of 108,000 tokens some forty blocks. By default there would be twenty, and while the last
 * one is computed the other worker would wait, which says nothing of longer corpora.
 */
const BLOCK_SIZE = 16 * 1024;
/** Each run of the small model takes this many times the tokens: it is some fifty times faster. */
const SMALL_FACTOR = 10;
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

async function compare(model, corpus, { folder, rounds, python, programs }, { withHead, hooks, blockSize }) {
  const jobs = await writeJobs(model, corpus, folder, { withHead, blockSize });
  const args = ['--block-size', String(blockSize)];
  // Checkpoints go by the clock, which does not stop with a program: as many as there would be in a run of its own.
  const inTurns = [...args, '--checkpoint-every', String(60 * programs.length)];
  const profile = (name, more) =>
    profileProgram(model, corpus, path.join(folder, `${name}.profile`), [...inTurns, ...more]);
  const all = {
    bare: bareProgram(jobs.bare),
    profile: profile('profile', []),
    with_head: bareProgram(jobs.withHead),
    with_head_best: bareProgram(jobs.withHeadBest),
    one_worker: profile('one-worker', ['--workers', '1']),
  };
  const chosen = Object.fromEntries(
    Object.entries(all).filter(([name]) => name === 'profile' || programs.includes(name)),
  );
  const results = await runInTurns(chosen, { rounds, cwd: root });
  const torch = [];
  for (let round = 0; hooks && programs.includes('torch') && round < rounds; round++)
    torch.push(await runHooks(python));
  // The clocks within a program do not stop with it, so what they say of its parts is of a run of its own, right
  // behind PyTorch's.
  const alone = await runProfile(model, corpus, path.join(folder, 'alone.profile'), args);
  return figuresOf(results, { ...jobs, alone, torch });
}

/** Rates of all rounds together, and their ratios; PyTorch's is compared with the run beside it. */
function figuresOf(results, { padding, activationsPerToken, alone, torch }) {
  const rates = Object.fromEntries(Object.entries(results).map(([name, runs]) => [name, rateOf(runs)]));
  const over = (name) => (rates[name] === undefined ? null : rates.profile / rates[name]);
  const hooked = torch
    .filter(({ reason }) => reason === undefined)
    .map((each) => each.hooks_tokens_per_second);
  const ns = (part) => (alone.worker_seconds[part] * 1e9) / alone.fed_tokens / activationsPerToken;
  return {
    tokens_per_second: {
      profile: rates.profile,
      bare: rates.bare ?? null,
      with_head: rates.with_head ?? null,
      with_head_best: rates.with_head_best ?? null,
      profile_one_worker: rates.one_worker ?? null,
      profile_alone: alone.rate,
      torch_forward: hooked.length === 0 ? null : median(torch.map((each) => each.forward_tokens_per_second)),
      torch_hooks: hooked.length === 0 ? null : median(hooked),
    },
    torch_missing: torch[0]?.reason ?? null,
    ratios: {
      profile_over_bare: over('bare'),
      profile_over_with_head: over('with_head'),
      profile_over_with_head_best: over('with_head_best'),
      profile_over_torch_hooks: hooked.length === 0 ? null : alone.rate / median(hooked),
      two_workers_over_one: over('one_worker'),
    },
    ns_per_activation: { model: ns('model'), accumulating: ns('accumulating'), tokenizing: ns('tokenizing') },
    seconds: {
      start: alone.seconds.loading,
      finish: alone.seconds.writing,
    },
    peak_rss_bytes: alone.peak_rss_bytes,
    padding,
    rounds: Object.fromEntries(
      Object.entries(results).map(([name, runs]) => [name, runs.map(({ rate }) => rate)]),
    ),
  };
}
