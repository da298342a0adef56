import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { FedBatch } from '../../model/fill-feeds.js';
import type { ModelSession } from '../../model/session.js';
import { fromFailure } from '../failure.js';
import { buffersOf } from '../transfer.js';
import { endedEarly } from './ended-early.js';
import type { FromServer, ToServer } from './messages.js';

/**
 * The session of another thread. Activations come in arrays that go back and forth and are copied from there:
 * ONNX Runtime cannot write into the memory of one thread from another.
 * @param port to the thread with the session
 * @throws UserError: what the session threw where it could not be opened
 */
export async function openServedSession(port: MessagePort): Promise<ModelSession> {
  let closed = false;
  port.on('close', () => (closed = true));
  /** What is written next; grown to the largest batch so far. */
  let room: Float32Array[] = [];

  const answer = async (): Promise<FromServer> => {
    if (closed) throw endedEarly();
    const waiting = new AbortController();
    const { signal } = waiting;
    port.ref(); // a worker with nothing else to do would end while it waits
    try {
      const lost = once(port, 'close', { signal }).then(() => Promise.reject(endedEarly()));
      const [message] = (await Promise.race([once(port, 'message', { signal }), lost])) as [FromServer];
      if (message.type === 'failed') throw fromFailure(message.failure);
      return message;
    } finally {
      waiting.abort();
      port.unref(); // else it would keep a worker that is told to end
    }
  };

  await answer();
  return {
    async run(batch: FedBatch, into: readonly Float32Array[]) {
      if (into.some(({ length }, i) => (room[i]?.length ?? 0) < length))
        room = into.map(({ length }, i) => new Float32Array(Math.max(length, room[i]?.length ?? 0)));
      const lengths = into.map(({ length }) => length);
      port.postMessage(
        { batch, into: room.map((array, i) => array.subarray(0, lengths[i])) } satisfies ToServer,
        buffersOf(room),
      );
      const computed = (await answer()) as Extract<FromServer, { type: 'computed' }>;
      computed.into.forEach((array, i) => into[i]!.set(array));
      room = computed.into.map(({ buffer }) => new Float32Array(buffer as ArrayBuffer));
    },
    close() {
      port.close();
      return Promise.resolve();
    },
  };
}
