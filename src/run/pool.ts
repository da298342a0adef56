import type { LayerState } from '../accumulate/layer-state.js';
import type { ReadBlock } from '../corpus/types.js';
import type { SpooledBytes } from '../profile/spooled-bytes.js';
import { BlockSource } from './block-source.js';
import { Checkpoints } from './checkpoints.js';
import { gatherStates } from './gather-states.js';
import { InTurn } from './in-turn.js';
import type { BlockSummary, Work, WorkerSetup } from './messages.js';
import { EMPTY_SUMMARY } from './messages.js';
import { SessionThread } from './served/session-thread.js';
import { sessionOptions } from './served/session-options.js';
import { WorkerThread } from './worker-thread.js';

/** Blocks a worker holds at once: one under way, one waiting, so that it never waits for the main thread. */
const IN_FLIGHT = 2;

export interface PoolResult {
  layers: LayerState[];
  summary: typeof EMPTY_SUMMARY;
  /** Lines that its blocks rejected. */
  rejects: SpooledBytes[];
  /** Values of documents. */
  documents: SpooledBytes[];
  /** What they dumped. */
  dump: SpooledBytes[];
  /** Blocks that each worker computed, or began and shared. */
  blocksByWorker: number[];
  /** Times that a worker without work was given some of another's. */
  shared: number;
}

export interface PoolOptions {
  workers: number;
  onReady: () => void;
  onCounted: (tokens: number, records: number) => void;
  /** Told what each block, or part of one, held when it is done. */
  onDone: (work: Work, held: BlockSummary) => void;
  /** Seconds between two checkpoints; null: the default. */
  checkpointEvery: number | null;
  /** States to go on from, as paths. */
  resume: readonly string[];
  signal: AbortSignal | undefined;
}

/**
 * Computes all blocks on worker threads and merges what they hold. The first
 * failure in the order of the blocks is thrown, whichever worker met one first,
 * so that a bad corpus is refused with the same words on every run.
 */
export async function computeBlocks(
  setup: Omit<WorkerSetup, 'worker' | 'resume' | 'session'>,
  blocks: AsyncIterator<ReadBlock>,
  { workers, onReady, onCounted, onDone, checkpointEvery, resume, signal }: PoolOptions,
): Promise<PoolResult> {
  // ONNX Runtime 1.30 sends telemetry unless told not to, and leaves a log in the temporary folder. Set here,
  // because a worker's environment is a copy that native code does not see.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const served = setup.served
    ? new SessionThread({ exposure: setup.exposure, options: sessionOptions(setup) }, workers, (error) =>
        threads.forEach((thread) => thread.stop(error)),
      )
    : null;
  const threads = Array.from({ length: workers }, (_, worker) => {
    const taken = resume.filter((_path, i) => i % workers === worker);
    const session = served?.ports[worker] ?? null;
    return new WorkerThread({ ...setup, worker, resume: taken, session }, onCounted);
  });
  const checkpoints = new Checkpoints(threads, checkpointEvery);
  const source = new BlockSource(blocks);
  const summary = { ...EMPTY_SUMMARY };
  const parts = Object.keys(EMPTY_SUMMARY) as (keyof typeof EMPTY_SUMMARY)[];
  let shared = 0;
  let stopped: Promise<Stopped> | null = null;
  const stop = async (): Promise<Stopped> => {
    source.end();
    await checkpoints.last();
    const lostBlocks = threads.reduce((sum, { blocks, saved }) => sum + blocks - saved, 0);
    const error = new Stopped(lostBlocks, signal!.reason);
    threads.forEach((thread) => thread.stop(error));
    return error;
  };
  const onAbort = () => void (stopped = stop());
  signal?.addEventListener('abort', onAbort, { once: true });

  const compute = async (thread: WorkerThread, work: Work): Promise<void> => {
    try {
      const done = await thread.compute(work);
      if (done === null) return;
      if (work.from === 0) thread.blocks++;
      for (const part of parts) summary[part] += done[part];
      onDone(work, done);
    } catch (error) {
      source.fail(work.sequence, error);
    }
  };
  /** Feeds one worker with blocks until there are none, or one failed. */
  const lane = async (thread: WorkerThread): Promise<void> => {
    for (let next = await source.next(); next !== null; next = await source.next())
      await compute(thread, next);
  };
  /** One hand-over at a time: while one is under way, nobody seems to have what is handed over. */
  const handOvers = new InTurn();
  /** Lets a worker without work help the others with theirs: the last blocks would else keep all but one waiting. */
  const help = async (thread: WorkerThread): Promise<void> => {
    while (!source.ended) {
      await thread.free; // or it would only keep others from what it takes
      const taken = await handOvers.run(async () => {
        const work = await takeFrom(threads.filter((other) => other !== thread));
        return work === null ? null : { computed: compute(thread, work) };
      });
      if (taken === null) return;
      shared++;
      await taken.computed;
    }
  };
  try {
    await Promise.all(threads.map((thread) => thread.ready));
    onReady();
    checkpoints.start((error) => source.fail(-1, error));
    await Promise.all(
      threads.map(async (thread) => {
        await Promise.all(Array.from({ length: IN_FLIGHT }, () => lane(thread)));
        await help(thread);
      }),
    );
    checkpoints.stop();
    if (stopped !== null) throw await (stopped as Promise<Stopped>);
    source.throwFirstFailure();
    served?.leave();
    const layers = await gatherStates(threads);
    const rejects = threads.flatMap(({ spooled }) => spooled.rejects ?? []);
    const documents = threads.flatMap(({ spooled }) => spooled.documents ?? []);
    const dump = threads.flatMap(({ spooled }) => spooled.dump ?? []);
    const blocksByWorker = threads.map((thread) => thread.blocks);
    return { layers, summary, rejects, documents, dump, blocksByWorker, shared };
  } finally {
    checkpoints.stop();
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: it queues behind a read that a slow pipe may never answer.
    void blocks.return?.();
    // Who stops a run waits for no block under way.
    const wait = signal?.aborted !== true;
    const ended = Promise.all(
      [...threads, ...(served === null ? [] : [served])].map((thread) => thread.quit(wait)),
    );
    if (wait) await ended;
  }
}

/** Work that one of the workers has and has not begun, the busiest asked first. */
async function takeFrom(threads: readonly WorkerThread[]): Promise<Work | null> {
  const busy = threads.filter(({ jobs }) => jobs > 0).sort((a, b) => b.jobs - a.jobs);
  for (const thread of busy) {
    const work = await thread.share().catch(() => null); // what broke it is told by the job it was at
    if (work !== null) return work;
  }
  return null;
}

/** A run that its user stopped. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  /** Blocks computed since the last checkpoints, which must be computed again. */
  readonly lostBlocks: number;

  constructor(lostBlocks: number, cause: unknown) {
    super('the run was stopped', { cause });
    this.lostBlocks = lostBlocks;
  }
}
