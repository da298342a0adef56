import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { openSession, type ModelSession } from '../../model/session.js';
import { toFailure } from '../failure.js';
import { buffersOf } from '../transfer.js';
import type { FromServer, ServerSetup, ToServer } from './messages.js';

/**
 * The thread that has the only session: it computes the batches of all workers
 * in the order in which they come, and ends when the last worker has closed its port.
 */
const { exposure, options, ports } = workerData as ServerSetup;
const send = (port: MessagePort, message: FromServer, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

/** Settles when what was asked for so far is answered. */
let turn: Promise<void> = Promise.resolve();

try {
  const session = await openSession(exposure, options);
  serve(session);
} catch (error) {
  const failure = toFailure(error);
  parentPort!.postMessage(failure);
  for (const port of ports) {
    send(port, { type: 'failed', failure });
    port.close();
  }
}

function serve(session: ModelSession): void {
  let open = ports.length;
  for (const port of ports) {
    port.on('message', (asked: ToServer) => {
      turn = turn.then(() => answer(session, port, asked));
    });
    port.on('close', () => {
      if (--open === 0) turn = turn.then(() => session.close());
    });
    send(port, { type: 'ready' });
  }
}

async function answer(session: ModelSession, port: MessagePort, { batch, into }: ToServer): Promise<void> {
  try {
    await session.run(batch, into);
    send(port, { type: 'computed', into }, buffersOf(into));
  } catch (error) {
    send(port, { type: 'failed', failure: toFailure(error) });
  }
}
