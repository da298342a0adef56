import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerThread } from './worker-thread.js';

/** Where the user says nothing: not before a minute, nor for more than half a percent of the time. */
const LEAST_SECONDS = 60;
const TIMES_THE_LAST = 200;
/** Who stops a run waits so long for one more checkpoint, and only where the last one took less than `QUICK_MS`. */
const PATIENCE_MS = 1800;
const QUICK_MS = 1000;
/** Of a timer of Node’s: it takes longer ones for none. */
const LONGEST_MS = 2 ** 31 - 1;

/** Lets each worker of a run save its state now and then, each by its own clock. */
export class Checkpoints {
  private readonly threads: readonly WorkerThread[];
  private readonly every: number | null;
  private readonly ended = new AbortController();
  /** Milliseconds that the last one of any worker took, from its block's end. */
  private took: number | null = null;

  /** @param every seconds; null: by the defaults of design §10 */
  constructor(threads: readonly WorkerThread[], every: number | null) {
    this.threads = threads;
    this.every = every;
    setMaxListeners(0, this.ended.signal); // one a worker: Node takes more than ten for a leak
  }

  /** @param onFailure told what kept a worker from saving */
  start(onFailure: (error: unknown) => void): void {
    for (const thread of this.threads) {
      this.keepSaving(thread).catch((error: unknown) => {
        if (!this.ended.signal.aborted) onFailure(error);
      });
    }
  }

  stop(): void {
    this.ended.abort();
  }

  /** One more of each worker, if it is a matter of a moment. */
  async last(): Promise<void> {
    this.stop();
    if (this.took === null || this.took > QUICK_MS) return;
    const all = Promise.allSettled(this.threads.map((thread) => thread.checkpoint()));
    await Promise.race([all, sleep(PATIENCE_MS, undefined, { ref: false })]);
  }

  private async keepSaving(thread: WorkerThread): Promise<void> {
    let took = 0;
    for (;;) {
      const seconds = this.every ?? Math.max(LEAST_SECONDS, (TIMES_THE_LAST * took) / 1000);
      await sleep(Math.min(1000 * seconds, LONGEST_MS), undefined, { signal: this.ended.signal, ref: false });
      took = await thread.checkpoint();
      this.took = took;
    }
  }
}
