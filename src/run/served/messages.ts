import type { MessagePort } from 'node:worker_threads';
import type { FedBatch } from '../../model/fill-feeds.js';
import type { SessionOptions } from '../../model/session.js';
import type { Exposure } from '../../model/types.js';
import type { Failure } from '../messages.js';

/** What the thread with the session needs: plain data, and a port for each worker. */
export interface ServerSetup {
  exposure: Exposure;
  options: SessionOptions & { path: string };
  ports: MessagePort[];
}

/** A batch, and arrays that its outputs are to be written into; their buffers change hands with the message. */
export interface ToServer {
  batch: FedBatch;
  into: Float32Array[];
}

export type FromServer =
  | { type: 'ready' }
  /** The arrays of the batch, written. */
  | { type: 'computed'; into: Float32Array[] }
  | { type: 'failed'; failure: Failure };
