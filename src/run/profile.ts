import { emptyBar } from '../accumulate/examples-bar.js';
import { readBlocks } from '../corpus/read-blocks.js';
import type { Block, FileFacts } from '../corpus/types.js';
import { beginProfile, inspectOutput } from '../profile/write-profile.js';
import type { ProfileContext } from '../profile/types.js';
import { renderReport } from '../report/report.js';
import { requireSameRun } from './already-done.js';
import { withDefaults, type AskedProfile } from './defaults.js';
import { hashFiles } from './hash-files.js';
import { makeManifest } from './manifest.js';
import { planRun, type RunPlan } from './plan.js';
import { computeBlocks, type PoolResult } from './pool.js';
import { profileLayers, tablesOf } from './profile-layers.js';
import { ProgressMeter } from './progress-meter.js';
import { makeRunJson } from './run-json.js';
import type { RunHooks, RunOutcome } from './types.js';

/**
 * Makes a profile: streams the corpus through the model, keeps what the request
 * asks of every neuron, and writes the profile's directory at the end, whole or not at all.
 * @throws UserError for whatever the user can put right; nothing is left behind then
 */
export async function profile(asked: AskedProfile, hooks: RunHooks = {}): Promise<RunOutcome> {
  const started = new Date();
  const request = withDefaults(asked);
  const plan = await planRun(request);
  for (const notice of plan.notices) hooks.onNotice?.(notice);
  const existing = await inspectOutput(plan.output, request.force);
  if (existing !== null) {
    await requireSameRun(existing, plan);
    return { output: plan.output, alreadyDone: true, blocksByWorker: [] };
  }

  const meter = new ProgressMeter(plan, hooks.onProgress);
  const [model, tokenizer] = await Promise.all([hashFiles(plan.modelFiles), hashFiles(plan.tokenizerFiles)]);
  const reader = new BlockReader(plan, meter);
  const result = await computeBlocks(workerSetup(plan), hooks.arrange?.(reader.blocks()) ?? reader.blocks(), {
    workers: plan.workers.workers,
    onReady: () => meter.running(),
    onCounted: (tokens) => meter.counted(tokens),
    onDone: ({ documents }) => meter.done(documents),
    signal: hooks.signal,
  });
  const computed = new Date();
  meter.writing();
  const manifest = makeManifest(plan, reader.facts, result.layers, result.summary, {
    model,
    tokenizer,
  });
  const runJson = () => makeRunJson(plan, result, { started, loaded: meter.loadedAt, computed });
  await write(plan, reader.facts, result, manifest, runJson, hooks.signal);
  return { output: plan.output, alreadyDone: false, blocksByWorker: result.blocksByWorker };
}

function workerSetup(plan: RunPlan) {
  const { request, exposure, columns, accumulators, context, tokenizer, corpus } = plan;
  const bars = (side: 'top' | 'bottom') =>
    exposure.outputs.map(({ site }, i) => emptyBar(columns[i]?.length ?? site.dMlp, side));
  return {
    exposure,
    model: request.model,
    tokenizer,
    files: corpus.map(({ path }) => path),
    fields: request.fields,
    context,
    countSpecial: request.countSpecial,
    batchTokens: request.batchTokens,
    threads: request.threads,
    device: request.device,
    accumulators,
    bars: { top: bars('top'), bottom: bars('bottom') },
    columns,
  };
}

/** Reads the corpus' blocks, and keeps what was read of each file for the manifest. */
class BlockReader {
  /** Complete when `blocks` has ended. */
  facts: FileFacts[] = [];
  private readonly plan: RunPlan;
  private readonly meter: ProgressMeter;

  constructor(plan: RunPlan, meter: ProgressMeter) {
    this.plan = plan;
    this.meter = meter;
  }

  async *blocks(): AsyncGenerator<Block> {
    const { corpus, request } = this.plan;
    const { blockSize, maxLineBytes, limit } = request;
    const onRead = (bytes: number) => this.meter.read(bytes);
    const source = readBlocks(corpus, { blockSize, maxLineBytes, limit, onRead });
    try {
      for (;;) {
        const next = await source.next();
        if (next.done === true) {
          this.facts = next.value;
          return;
        }
        this.meter.records(next.value.records);
        yield next.value;
      }
    } finally {
      await source.return([]); // closes the file under way where the run ends early
    }
  }
}

async function write(
  plan: RunPlan,
  facts: FileFacts[],
  { layers }: PoolResult,
  manifest: ReturnType<typeof makeManifest>,
  runJson: () => ReturnType<typeof makeRunJson>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const recordsBefore: number[] = [];
  let records = 0;
  for (const file of facts) {
    recordsBefore.push(records);
    records += file.records;
  }
  const context: ProfileContext = {
    sites: plan.exposure.outputs.map(({ site }) => site),
    files: facts.map(({ path }) => path),
    recordsBefore,
    tokenOf: plan.tokens?.tokenOf ?? null,
  };
  const writer = await beginProfile(plan.output, { force: plan.request.force, signal });
  try {
    const tables = profileLayers(plan, layers);
    await writer.writeTables(tables, context, tablesOf(plan.request.command));
    const draft = writer.draft(manifest);
    await writer.writeText('report.txt', renderReport(draft));
    await writer.finish(manifest, runJson());
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
