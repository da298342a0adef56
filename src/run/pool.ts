import { Worker } from 'node:worker_threads';
import type { LayerState } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';
import type { Block } from '../corpus/types.js';
import { fromFailure } from './failure.js';
import type { BlockSummary, FromWorker, ToWorker, WorkerSetup } from './messages.js';
import { EMPTY_SUMMARY } from './messages.js';
import { buffersOf } from './transfer.js';

/** Blocks a worker holds at once: one under way, one waiting, so that it never waits for the main thread. */
const IN_FLIGHT = 2;

export interface PoolResult {
  layers: LayerState[];
  summary: BlockSummary;
  /** Blocks that each worker computed. */
  blocksByWorker: number[];
}

export interface PoolOptions {
  workers: number;
  onReady: () => void;
  onCounted: (tokens: number) => void;
  /** Told what each block held when it is done. */
  onDone: (block: BlockSummary) => void;
  signal: AbortSignal | undefined;
}

/**
 * Computes all blocks on worker threads and merges what they hold. The first
 * failure in the order of the blocks is thrown, whichever worker met one first,
 * so that a bad corpus is refused with the same words on every run.
 */
export async function computeBlocks(
  setup: WorkerSetup,
  blocks: AsyncIterator<Block>,
  { workers, onReady, onCounted, onDone, signal }: PoolOptions,
): Promise<PoolResult> {
  // ONNX Runtime 1.30 sends telemetry unless told not to, and leaves a log in the temporary folder. Set here,
  // because a worker's environment is a copy that native code does not see.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const threads = Array.from({ length: workers }, () => new WorkerThread(setup, onCounted));
  const source = new BlockSource(blocks);
  const summary = { ...EMPTY_SUMMARY };
  const onAbort = () => threads.forEach((thread) => thread.stop(reasonOf(signal!)));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.all(threads.map((thread) => thread.ready));
    onReady();
    const lanes = threads.flatMap((thread) =>
      Array.from({ length: IN_FLIGHT }, () =>
        lane(thread, source, (done) => {
          for (const key of Object.keys(summary) as (keyof BlockSummary)[]) summary[key] += done[key];
          onDone(done);
        }),
      ),
    );
    await Promise.all(lanes);
    source.throwFirstFailure();
    const layers = await gather(threads);
    return { layers, summary, blocksByWorker: threads.map((thread) => thread.blocks) };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: it queues behind a read that a slow pipe may never answer.
    void blocks.return?.();
    // Who stops a run waits for no block under way.
    const wait = signal?.aborted !== true;
    const ended = Promise.all(threads.map((thread) => thread.quit(wait)));
    if (wait) await ended;
  }
}

/** Merges all states by pairs, on the workers, so that no thread waits for many: log2 of their number rounds. */
async function gather(threads: readonly WorkerThread[]): Promise<LayerState[]> {
  if (threads.length <= 1) return threads[0]?.finish() ?? [];
  const half = Math.ceil(threads.length / 2);
  await Promise.all(threads.slice(half).map(async (thread, i) => threads[i]!.merge(await thread.finish())));
  return gather(threads.slice(0, half));
}

/** Feeds one worker with blocks until there are none, or one failed. */
async function lane(
  thread: WorkerThread,
  source: BlockSource,
  onDone: (block: BlockSummary) => void,
): Promise<void> {
  for (;;) {
    const next = await source.next();
    if (next === null) return;
    try {
      onDone(await thread.compute(next.sequence, next.block));
    } catch (error) {
      source.fail(next.sequence, error);
    }
  }
}

/** Numbers the blocks as they are handed out, and remembers what failed. */
class BlockSource {
  private readonly blocks: AsyncIterator<Block>;
  private readonly failures: { sequence: number; error: unknown }[] = [];
  private sequence = 0;
  private stop: (end: null) => void = () => {};
  /** Settles at the first failure: nobody waits then for a pipe to give its next block. */
  private readonly stopped = new Promise<null>((resolve) => (this.stop = resolve));

  constructor(blocks: AsyncIterator<Block>) {
    this.blocks = blocks;
  }

  async next(): Promise<{ sequence: number; block: Block } | null> {
    if (this.failures.length > 0) return null;
    try {
      const next = await Promise.race([this.blocks.next(), this.stopped]);
      return next === null || next.done === true ? null : { sequence: this.sequence++, block: next.value };
    } catch (error) {
      this.fail(this.sequence, error);
      return null;
    }
  }

  fail(sequence: number, error: unknown): void {
    this.failures.push({ sequence, error });
    this.stop(null);
  }

  throwFirstFailure(): void {
    const [first] = this.failures.sort((a, b) => a.sequence - b.sequence);
    if (first !== undefined) throw first.error;
  }
}

/** A promise and what settles it. */
interface Pending<T> {
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** The main thread's end of one worker. */
class WorkerThread {
  /** Settles when the model is loaded. */
  readonly ready: Promise<void>;
  blocks = 0;
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private readonly pending = new Map<number, Pending<BlockSummary>>();
  private readonly onCounted: (tokens: number) => void;
  private loading: Pending<void> | null = null;
  private finishing: Pending<LayerState[]> | null = null;
  private merging: Pending<void> | null = null;
  private broken: Error | null = null;

  constructor(setup: WorkerSetup, onCounted: (tokens: number) => void) {
    this.onCounted = onCounted;
    this.worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: setup,
      // A worker is a file, whatever the program that uses us is (`node --input-type=module -e …`).
      execArgv: process.execArgv.filter((argument) => !argument.startsWith('--input-type')),
    });
    this.ready = new Promise((resolve, reject) => (this.loading = { resolve, reject }));
    this.ready.catch(() => {}); // awaited by the pool; a worker that dies earlier must not end the process
    this.worker.on('message', (message: FromWorker) => this.receive(message));
    this.worker.on('error', (error) => this.stop(error));
    this.exited = new Promise((resolve) => this.worker.on('exit', () => resolve()));
    this.worker.on('exit', (code) => this.stop(diedEarly(code)));
  }

  compute(sequence: number, block: Block): Promise<BlockSummary> {
    const message: ToWorker = { type: 'block', sequence, block };
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken);
      this.pending.set(sequence, { resolve, reject });
      this.worker.postMessage(message, [block.bytes.buffer as ArrayBuffer]);
    });
  }

  /** Asks for the state; the worker ends itself afterwards. */
  finish(): Promise<LayerState[]> {
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken);
      this.finishing = { resolve, reject };
      this.worker.postMessage({ type: 'finish' } satisfies ToWorker);
    });
  }

  /** Hands it another worker's state to merge into its own. */
  merge(layers: LayerState[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken);
      this.merging = { resolve, reject };
      this.worker.postMessage({ type: 'merge', layers } satisfies ToWorker, buffersOf(layers));
    });
  }

  /** Lets everything that waits for this worker fail with `error`. */
  stop(error: Error): void {
    this.broken ??= error;
    this.loading?.reject(error);
    this.finishing?.reject(error);
    this.merging?.reject(error);
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }

  /**
   * Lets the worker end when what it is at is done.
   * @param wait whether it keeps the process alive until then
   * Never `terminate`: a thread that is ended within a native call takes the process with it (SIGABRT).
   */
  async quit(wait: boolean): Promise<void> {
    if (!wait) this.worker.unref();
    this.worker.postMessage({ type: 'quit' } satisfies ToWorker);
    await this.exited;
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return this.loading?.resolve();
      case 'counted':
        return this.onCounted(message.tokens);
      case 'done':
        this.blocks++;
        return this.settle(message.sequence)?.resolve(message.summary);
      case 'failed': {
        const error = fromFailure(message.failure);
        return message.sequence === -1 ? this.stop(error) : this.settle(message.sequence)?.reject(error);
      }
      case 'merged':
        return this.merging?.resolve();
      case 'state':
        return this.finishing?.resolve(message.layers);
    }
  }

  private settle(sequence: number): Pending<BlockSummary> | undefined {
    const pending = this.pending.get(sequence);
    this.pending.delete(sequence);
    return pending;
  }
}

function diedEarly(code: number): UserError {
  return new UserError({
    what: `a worker ended before its work was done (code ${code})`,
    where: 'a worker thread',
    todo: 'if memory ran out, try fewer --workers or a smaller --batch-tokens',
    exit: Exit.RUNTIME,
  });
}

/** Why a run was stopped, as an error. */
function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
