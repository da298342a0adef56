import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { execArguments } from '../exec-arguments.js';
import { fromFailure } from '../failure.js';
import type { Failure } from '../messages.js';
import { endedEarly } from './ended-early.js';
import type { ServerSetup } from './messages.js';

/** The main thread's end of the thread that has the only session. */
export class SessionThread {
  /** One for each worker, to be handed to it. */
  readonly ports: MessagePort[];
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private leaving = false;

  /** @param onDeath told when the thread ends before it was told that it may */
  constructor(setup: Omit<ServerSetup, 'ports'>, workers: number, onDeath: (error: Error) => void) {
    const channels = Array.from({ length: workers }, () => new MessageChannel());
    this.ports = channels.map(({ port1 }) => port1);
    const ports = channels.map(({ port2 }) => port2);
    this.worker = new Worker(new URL('./server.js', import.meta.url), {
      workerData: { ...setup, ports } satisfies ServerSetup,
      transferList: ports,
      execArgv: execArguments(),
    });
    this.worker.on('error', onDeath);
    this.worker.on('message', (failure: Failure) => {
      this.leaving = true;
      onDeath(fromFailure(failure));
    });
    this.exited = new Promise((resolve) =>
      this.worker.on('exit', (code) => {
        if (!this.leaving) onDeath(endedEarly(code));
        resolve();
      }),
    );
  }

  /** The workers need it no more; it ends when the last of them has ended. */
  leave(): void {
    this.leaving = true;
  }

  /** @param wait whether it keeps the process alive until it has ended */
  async quit(wait: boolean): Promise<void> {
    this.leaving = true;
    if (!wait) this.worker.unref();
    await this.exited;
  }
}
