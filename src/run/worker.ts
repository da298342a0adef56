import { parentPort, workerData } from 'node:worker_threads';
import { openBlockComputer } from './compute-block.js';
import { toFailure } from './failure.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';
import { buffersOf } from './transfer.js';

/**
 * A worker thread: one model session and one set of accumulators. It computes
 * the blocks it is sent in the order they come, takes in other workers' states,
 * and hands over its own at the end. A native run blocks the thread; messages wait meanwhile.
 */
const port = parentPort!;
const send = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const computer = openBlockComputer(workerData as WorkerSetup, (tokens) => send({ type: 'counted', tokens }));
let turn: Promise<void> = computer.then(
  () => send({ type: 'ready' }),
  (error: unknown) => send({ type: 'failed', sequence: -1, failure: toFailure(error) }),
);
port.on('message', (message: ToWorker) => {
  turn = turn.then(() => answer(message));
});

async function answer(message: ToWorker): Promise<void> {
  if (message.type === 'quit') return port.close();
  if (message.type === 'block') {
    const { sequence, block } = message;
    try {
      send({ type: 'done', sequence, summary: await (await computer).compute(block) });
    } catch (error) {
      send({ type: 'failed', sequence, failure: toFailure(error) });
    }
    return;
  }
  const open = await computer;
  if (message.type === 'merge') {
    open.merge(message.layers);
    return send({ type: 'merged' });
  }
  const layers = open.states();
  await open.close();
  send({ type: 'state', layers }, buffersOf(layers));
  port.close();
}
