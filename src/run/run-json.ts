import os from 'node:os';
import { createRequire } from 'node:module';
import type { RunPlan } from './plan.js';
import type { PoolResult } from './pool.js';
import { processorKind, processorName } from './processor.js';

/** Moments of a run. */
export interface RunTimes {
  started: Date;
  /** The first batch could run. */
  loaded: Date;
  /** The last merge was done. */
  computed: Date;
}

export interface RunStory {
  times: RunTimes;
  /** For each life of the run, the last one too: blocks that it found done at its start. */
  lives: readonly number[];
  /** Blocks done in the end. */
  blocks: number;
  /** The command line, where there was one. */
  arguments: readonly string[] | undefined;
}

/** `run.json`: what the run was, which is nothing that the other files may hang on. */
export function makeRunJson(
  plan: RunPlan,
  { summary, blocksByWorker, shared }: PoolResult,
  { times, lives, blocks, arguments: given }: RunStory,
): Record<string, unknown> {
  const { started, loaded, computed } = times;
  const finished = new Date();
  const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;
  return {
    format: 'neuroprobe-run',
    arguments: given ?? null,
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: {
      loading: seconds(started, loaded),
      running: seconds(loaded, computed),
      writing: seconds(computed, finished),
    },
    // Of all workers together.
    worker_seconds: {
      tokenizing: summary.tokenizeTime / 1000,
      model: summary.modelTime / 1000,
      accumulating: summary.accumulateTime / 1000,
    },
    tokens_per_second: summary.countedTokens / Math.max(1e-3, seconds(loaded, computed)),
    fed_tokens: summary.fedTokens,
    host: os.hostname(),
    processor: processorName(),
    workers: plan.workers.workers,
    workers_because: plan.workers.why,
    threads: plan.request.threads,
    lives: lives.length,
    // Of each life, what did not have to be computed again.
    blocks_by_life: lives.map((found, i) => (lives[i + 1] ?? blocks) - found),
    blocks_by_worker: blocksByWorker,
    // Times that a worker without work took some of another's.
    shared,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    versions: versions(),
  };
}

/** `run.json` of a merge. */
export function makeMergeJson(told: {
  started: Date;
  states: readonly string[];
  arguments: readonly string[] | undefined;
}): Record<string, unknown> {
  return {
    format: 'neuroprobe-run',
    arguments: told.arguments ?? null,
    started: told.started.toISOString(),
    finished: new Date().toISOString(),
    merged: told.states,
    host: os.hostname(),
    processor: processorName(),
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    versions: versions(),
  };
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  return {
    neuroprobe: (require('../../package.json') as { version: string }).version,
    node: process.versions.node,
    onnxruntime: processorKind().onnxruntime,
  };
}
