import path from 'node:path';
import type { FileFacts } from '../corpus/types.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import type { StateHeader } from '../profile/state/types.js';
import { upperHashes, type DocumentSource } from '../profile/document-sample.js';
import { inspectOutput, locateOutput, makeFolder } from '../profile/output-place.js';
import { requireSameRun } from './already-done.js';
import { BlockReader } from './block-reader.js';
import type { Covered } from './covered.js';
import { withDefaults, type AskedProfile } from './defaults.js';
import { hashFiles } from './hash-files.js';
import { identityOf } from './identity.js';
import { requireFewLabels } from './label-cap.js';
import { LabelWatch } from './label-watch.js';
import { takeLock, type HeldLock } from './lock.js';
import { beginLife, hasCheckpoint, isCheckpointOf, partialFolder, removePartial } from './partial.js';
import { DumpWatch } from './dump.js';
import { planRun, type RunPlan } from './plan.js';
import { computeBlocks, Stopped, type PoolResult } from './pool.js';
import { ProgressMeter } from './progress-meter.js';
import { findStart } from './find-start.js';
import { makeRunJson } from './run-json.js';
import { columnsOf } from './columns.js';
import { rejectsOf } from './covered.js';
import { SampleBar } from './sample-bar.js';
import type { RunHooks, RunOutcome } from './types.js';
import { workerSetup } from './worker-setup.js';

/**
 * Makes a profile: streams the corpus through the model, keeps what the request
 * asks of every neuron, and writes the profile's directory at the end, whole or not at all. On the way it
 * saves checkpoints beside the output, from which `resume` goes on.
 * @throws UserError for whatever the user can put right; checkpoints stay then, and nothing else is left behind
 */
export async function profile(asked: AskedProfile, hooks: RunHooks = {}): Promise<RunOutcome> {
  const started = new Date();
  const plan = await planRun(withDefaults(asked));
  for (const notice of plan.notices) hooks.onNotice?.(notice);
  if (plan.request.shard === null) return runLocked(plan, hooks, started);
  const removeFolder = await makeFolder(path.dirname(plan.output));
  try {
    return await runLocked(plan, hooks, started);
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function runLocked(plan: RunPlan, hooks: RunHooks, started: Date): Promise<RunOutcome> {
  const place = await locateOutput(plan.output);
  const lock = await takeLock(place);
  try {
    return await run(plan, place, hooks, lock, started);
  } catch (error) {
    if (error instanceof Stopped) hooks.onNotice?.(stoppedNotice(error, await hasCheckpoint(place)));
    throw error;
  } finally {
    await lock.release();
  }
}

/** @param place of the output, links resolved */
async function run(
  plan: RunPlan,
  place: string,
  hooks: RunHooks,
  lock: HeldLock,
  started: Date,
): Promise<RunOutcome> {
  const { request, output, tokens } = plan;
  const existing = await inspectOutput(output, request.force);
  if (existing !== null) {
    await requireSameRun(existing, plan);
    await removeStale(place, plan);
    return {
      ...{ output, alreadyDone: true, complete: existing.complete, blocksByWorker: [] },
      rejects: rejectsOf(existing.corpus),
    };
  }
  const meter = new ProgressMeter(plan, hooks.onProgress);
  const [model, tokenizer] = await Promise.all([hashFiles(plan.modelFiles), hashFiles(plan.tokenizerFiles)]);
  const start = await findStart(place, plan, { model, tokenizer });
  for (const notice of start.notices) hooks.onNotice?.(notice);
  const identity = identityOf(plan, { model, tokenizer });
  const lives = await beginLife(place, start);
  try {
    const { covered } = start;
    const reader = new BlockReader(plan, meter, covered);
    const sample = await sampleBar(plan, start.documents);
    const setup = {
      ...workerSetup(plan),
      sampleBar: sample?.shared ?? null,
      checkpoint: { folder: partialFolder(place), life: lives.length, identity, lock: plain(lock) },
    };
    const labels = new LabelWatch(plan.accumulators, hooks.onNotice);
    const dump = request.dump === null ? null : new DumpWatch(plan, hooks.onNotice);
    dump?.foretell();
    const result = await computeBlocks(setup, hooks.arrange?.(reader.blocks()) ?? reader.blocks(), {
      workers: plan.workers.workers,
      onReady: () => meter.running(),
      onCounted: (counted, records) => meter.counted(counted, records),
      onDone: (work, held) => {
        if (work.from === 0) covered.addBlock(work.block);
        covered.addCounts(held);
        dump?.look(covered);
        labels.take(held, request.corpus.join(', '));
        sample?.take(held.sampled);
      },
      checkpointEvery: request.checkpointEvery,
      resume: start.states.map(({ path }) => path),
      signal: hooks.signal,
    });
    // What writes tables and reports is half of the program: a run that is refused does not wait for it.
    const { writeResult } = await import('./write-result.js');
    const computed = new Date();
    meter.writing();
    const header = headerOf(identity, covered, reader.facts);
    const vocabulary =
      tokens === null ? null : Array.from({ length: tokens.vocabulary }, (_, id) => tokens.tokenOf(id));
    const times = { started, loaded: meter.loadedAt, computed };
    const runJson = () =>
      makeRunJson(plan, result, { times, lives, blocks: covered.blocks.count(), arguments: hooks.arguments });
    const options = {
      force: request.force,
      html: request.html,
      signal: hooks.signal,
      mayRename: () => lock.requireHeld(),
    };
    const complete = await writeResult(
      output,
      {
        ...{ header, vocabulary, layers: layersOf(plan, result) },
        rejects: [...start.rejects, ...result.rejects],
        dump: [...start.dump, ...result.dump],
        documents: [...start.documents, ...result.documents].map(sourceOf),
      },
      runJson,
      options,
    );
    await removePartial(place);
    const rejects = rejectsOf(header.covered);
    return { output, alreadyDone: false, complete, rejects, blocksByWorker: result.blocksByWorker };
  } catch (error) {
    if (lock.isHeld) await start.abandon();
    throw error;
  }
}

/** What lets workers set aside no more documents than need be; null where no sample of them is wanted. */
async function sampleBar(plan: RunPlan, done: readonly SpooledBytes[]): Promise<SampleBar | null> {
  const { permutations, seed } = plan.accumulators;
  if (permutations === undefined) return null;
  const bar = new SampleBar(permutations);
  for (const spool of done) bar.take(await upperHashes(sourceOf(spool), seed));
  return bar;
}

function sourceOf({ path, bytes }: SpooledBytes): DocumentSource {
  return { path, start: 0, end: bytes };
}

/** Removes the checkpoint of a life that died when its profile was in its place; another run's is left alone. */
async function removeStale(place: string, plan: RunPlan): Promise<void> {
  if (!(await hasCheckpoint(place))) return;
  const [model, tokenizer] = await Promise.all([hashFiles(plan.modelFiles), hashFiles(plan.tokenizerFiles)]);
  if (await isCheckpointOf(place, identityOf(plan, { model, tokenizer }))) await removePartial(place);
}

function* layersOf(plan: RunPlan, { layers }: PoolResult) {
  const columns = columnsOf(plan);
  requireFewLabels(layers[0], plan.accumulators, plan.request.corpus.join(', '));
  for (const [i, neurons] of columns.entries()) yield { neurons, state: layers[i]! };
}

function headerOf(
  identity: ReturnType<typeof identityOf>,
  covered: Covered,
  facts: readonly (FileFacts | null)[],
): StateHeader {
  return {
    format: 'neuroprobe-state',
    ...identity,
    covered: covered.header(facts.length),
    files: facts.map((read) => {
      if (read === null) return null;
      const { bytes, sha256, records, blocks } = read;
      return { bytes, sha256, records, blocks };
    }),
  };
}

/** What of a lock another thread needs. */
function plain({ path, token }: HeldLock) {
  return { path, token };
}

function stoppedNotice({ lostBlocks }: Stopped, saved: boolean): string {
  if (!saved) return 'stopped before the first checkpoint: nothing is kept';
  const lost = lostBlocks === 1 ? 'one block' : `${lostBlocks} blocks`;
  return `stopped: ${lost} computed since the last checkpoint must be computed again; --resume goes on from there`;
}
