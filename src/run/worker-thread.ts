import { Worker } from 'node:worker_threads';
import type { LayerState } from '../accumulate/layer-state.js';
import { Exit, UserError } from '../core/errors.js';
import { execArguments } from './exec-arguments.js';
import { fromFailure } from './failure.js';
import type { BlockSummary, FromWorker, Spooled, ToWorker, Work, WorkerSetup } from './messages.js';
import { buffersOf } from './transfer.js';

/** A promise and what settles it. */
interface Pending<T> {
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** Jobs are numbered over all workers: one that is given away keeps nothing of its first owner. */
let jobs = 0;

/** The main thread's end of one worker. */
export class WorkerThread {
  /** Settles when the model is loaded. */
  readonly ready: Promise<void>;
  /** Blocks computed, or begun and shared. */
  blocks = 0;
  /** Of them, those that its checkpoint on disk holds. */
  saved = 0;
  /** Settles when no checkpoint of it is under way. */
  free: Promise<unknown> = Promise.resolve();
  /** Known when it has finished. */
  spooled: Spooled = { rejects: null, documents: null, dump: null };
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private readonly pending = new Map<number, Pending<BlockSummary | null>>();
  private readonly onCounted: (tokens: number, records: number) => void;
  private readonly sharing: Pending<Work | null>[] = [];
  private loading: Pending<void> | null = null;
  private finishing: Pending<LayerState[]> | null = null;
  private merging: Pending<LayerState> | null = null;
  private readonly saving: Pending<number>[] = [];
  private broken: Error | null = null;

  constructor(setup: WorkerSetup, onCounted: (tokens: number, records: number) => void) {
    this.onCounted = onCounted;
    this.worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: setup,
      transferList: setup.session === null ? [] : [setup.session],
      execArgv: execArguments(),
    });
    this.ready = new Promise((resolve, reject) => (this.loading = { resolve, reject }));
    this.ready.catch(() => {}); // awaited by the pool; a worker that dies earlier must not end the process
    this.worker.on('message', (message: FromWorker) => this.receive(message));
    this.worker.on('error', (error) => this.stop(error));
    this.exited = new Promise((resolve) => this.worker.on('exit', () => resolve()));
    this.worker.on('exit', (code) => this.stop(diedEarly(code)));
  }

  /** Jobs that it has and has not done. */
  get jobs(): number {
    return this.pending.size;
  }

  /** @returns what the work held; null where another worker was given the whole of it by `share` */
  compute(work: Work): Promise<BlockSummary | null> {
    return this.ask((pending) => {
      const job = jobs++;
      this.pending.set(job, pending);
      return [{ type: 'work', job, work }, [work.block.bytes.buffer as ArrayBuffer]];
    });
  }

  /** Takes from it work that it has not begun, for another to do; null where there is none. */
  share(): Promise<Work | null> {
    return this.ask((pending) => {
      this.sharing.push(pending);
      return [{ type: 'share' }, []];
    });
  }

  /**
   * Lets it save its state when the block under way is done.
   * @returns milliseconds that it took
   */
  checkpoint(): Promise<number> {
    const saved = this.ask<number>((pending) => {
      this.saving.push(pending);
      return [{ type: 'checkpoint' }, []];
    });
    this.free = saved.catch(() => {});
    return saved;
  }

  /** Asks for the state. The worker computes nothing afterwards, but can merge. */
  finish(): Promise<LayerState[]> {
    return this.ask((pending) => {
      this.finishing = pending;
      return [{ type: 'finish' }, []];
    });
  }

  /** Lets it merge two states of a layer, one pair at a time. */
  merge(into: LayerState, from: LayerState): Promise<LayerState> {
    return this.ask((pending) => {
      this.merging = pending;
      return [{ type: 'merge', into, from }, buffersOf([into, from])];
    });
  }

  /** Lets everything that waits for this worker fail with `error`. */
  stop(error: Error): void {
    this.broken ??= error;
    for (const waiting of [this.loading, this.finishing, this.merging]) waiting?.reject(error);
    for (const { reject } of [...this.pending.values(), ...this.sharing, ...this.saving]) reject(error);
    this.pending.clear();
    this.sharing.length = 0;
    this.saving.length = 0;
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

  private ask<T>(begin: (pending: Pending<T>) => [ToWorker, ArrayBuffer[]]): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken);
      this.worker.postMessage(...begin({ resolve, reject }));
    });
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return this.loading?.resolve();
      case 'counted':
        return this.onCounted(message.tokens, message.records);
      case 'done':
        return this.take(message.job)?.resolve(message.summary);
      case 'failed': {
        const error = fromFailure(message.failure);
        return message.job === null ? this.stop(error) : this.take(message.job)?.reject(error);
      }
      case 'given':
        if (message.job !== null) this.take(message.job)?.resolve(null);
        return this.sharing.shift()?.resolve(message.work);
      case 'saved':
        this.saved = message.blocks;
        return this.saving.shift()?.resolve(message.milliseconds);
      case 'not saved':
        return this.saving.shift()?.reject(fromFailure(message.failure));
      case 'merged':
        return this.merging?.resolve(message.layer);
      case 'state':
        this.spooled = message.spooled;
        return this.finishing?.resolve(message.layers);
    }
  }

  private take(job: number): Pending<BlockSummary | null> | undefined {
    const pending = this.pending.get(job);
    this.pending.delete(job);
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
