import { parentPort, workerData } from 'node:worker_threads';
import { openBlockComputer, type BlockComputer } from './compute-block.js';
import { toFailure } from './failure.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';
import { buffersOf } from './transfer.js';

/**
 * A worker thread: one model session and one set of accumulators. It does what
 * it is told in the order it is told, but for `share`, which it answers at
 * once, between two batches, and `checkpoint`, which comes next. A native run blocks the thread; messages wait meanwhile.
 */
const port = parentPort!;
const send = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

type Told = Exclude<ToWorker, { type: 'share' }>;
const told: Told[] = [];
let open: BlockComputer | null = null;
let busy = true;

port.on('message', (message: ToWorker) => {
  if (message.type === 'share') return share();
  if (message.type === 'checkpoint') told.unshift(message);
  else told.push(message);
  if (!busy) void work();
});
await load();

async function load(): Promise<void> {
  try {
    open = await openBlockComputer(workerData as WorkerSetup, (tokens, records) =>
      send({ type: 'counted', tokens, records }),
    );
    send({ type: 'ready' });
  } catch (error) {
    send({ type: 'failed', job: null, failure: toFailure(error) });
  }
  await work();
}

async function work(): Promise<void> {
  busy = true;
  for (let next = told.shift(); next !== undefined; next = told.shift()) await answer(next);
  busy = false;
}

async function answer(message: Told): Promise<void> {
  if (message.type === 'quit' || open === null) return port.close();
  if (message.type === 'work') {
    const { job } = message;
    try {
      send({ type: 'done', job, summary: await open.compute(message.work) });
    } catch (error) {
      send({ type: 'failed', job, failure: toFailure(error) });
    }
    return;
  }
  if (message.type === 'checkpoint') {
    try {
      const began = performance.now();
      const blocks = await open.checkpoint();
      return send({ type: 'saved', blocks, milliseconds: performance.now() - began });
    } catch (error) {
      return send({ type: 'not saved', failure: toFailure(error) });
    }
  }
  if (message.type === 'merge') {
    const { into, from } = message;
    open.merge(into, from);
    return send({ type: 'merged', layer: into }, buffersOf(into));
  }
  const layers = open.finish();
  const spooled = open.spooled();
  await open.close();
  send({ type: 'state', layers, spooled }, buffersOf(layers));
}

/** Gives away a job that is not begun, or else batches of the one under way. */
function share(): void {
  const waiting = told.findLastIndex(({ type }) => type === 'work');
  if (waiting !== -1) {
    const [message] = told.splice(waiting, 1) as [Extract<Told, { type: 'work' }>];
    return send({ type: 'given', job: message.job, work: message.work });
  }
  send({ type: 'given', job: null, work: open?.split() ?? null });
}
