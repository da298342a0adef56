import type { SessionOptions } from '../../model/session.js';
import type { WorkerSetup } from '../messages.js';

/** How a run's sessions are opened, whoever opens them. */
export function sessionOptions({
  threads,
  device,
  model,
}: Pick<WorkerSetup, 'threads' | 'device' | 'model'>): SessionOptions & { path: string } {
  return { threads, device, path: model };
}
