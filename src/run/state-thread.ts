import { Worker } from 'node:worker_threads';
import { Exit, UserError } from '../core/errors.js';
import type { Vocabulary } from '../profile/state/state-file.js';
import type { StateHeader } from '../profile/state/types.js';
import { execArguments } from './exec-arguments.js';
import { fromFailure } from './failure.js';
import type { Failure } from './messages.js';
import { buffersOf } from './transfer.js';
import type { ResultLayer } from './write-result.js';

/** In dist, whether this file runs from src or from there. */
const THREAD = new URL('../../dist/run/state-writer.js', import.meta.url);

/** What the thread needs to begin. */
export interface StateSetup {
  path: string;
  header: StateHeader;
  vocabulary: Vocabulary | null;
}

/** What it is asked for, in turn; each is answered once. */
export type ToStateWriter = { type: 'layer'; layer: ResultLayer } | { type: 'finish' };

/** `sha256` of the whole file, when it is finished. */
export type FromStateWriter = { sha256: string | null } | { failure: Failure };

interface Pending {
  resolve: (sha256: string | null) => void;
  reject: (error: unknown) => void;
}

/**
 * The main thread's end of the thread that writes the state, beside the tables: when a profile is written all workers
 * are done, and the other cores idle.
 */
export class StateThread {
  private readonly worker: Worker;
  private readonly waiting: Pending[] = [];
  private broken: Error | null = null;
  /** Settles when all that was asked for so far is done. */
  private last: Promise<string | null> = Promise.resolve(null);

  constructor(setup: StateSetup) {
    this.worker = new Worker(THREAD, { workerData: setup, execArgv: execArguments() });
    this.worker.on('message', (message: FromStateWriter) => {
      if ('failure' in message) return this.stop(fromFailure(message.failure));
      this.waiting.shift()?.resolve(message.sha256);
    });
    this.worker.on('error', (error) => this.stop(error));
    this.worker.on('exit', (code) => this.stop(endedEarly(code)));
  }

  /**
   * Hands over a layer, whose state is the thread's from then on. Settles when the layer before it is written, so
   * that one at most waits.
   * @throws UserError (69, 73, 74 or 75) where a layer before could not be written
   */
  async layer(layer: ResultLayer): Promise<void> {
    await this.last;
    this.ask({ type: 'layer', layer }, buffersOf(layer.state));
  }

  /** Ends the file, and the thread. @returns its SHA-256 @throws UserError as `layer` */
  async finish(): Promise<string> {
    await this.last;
    this.ask({ type: 'finish' });
    return (await this.last)!;
  }

  /** Ends the thread, whatever it is at; the file stays as it is. */
  async abandon(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(message: ToStateWriter, transfer: ArrayBuffer[] = []): void {
    this.last = new Promise((resolve, reject) => {
      if (this.broken !== null) return reject(this.broken);
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(message, transfer);
    });
    this.last.catch(() => {}); // who asks next is told
  }

  private stop(error: Error): void {
    this.broken ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

function endedEarly(code: number): UserError {
  return new UserError({
    what: `the thread that writes the state ended before its work was done (code ${code})`,
    where: 'state.bin',
    todo: 'if memory ran out, see that there is more of it, or profile fewer neurons at a time (--neurons)',
    exit: Exit.RUNTIME,
  });
}
