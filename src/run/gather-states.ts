import type { LayerState } from '../accumulate/layer-state.js';
import type { WorkerThread } from './worker-thread.js';

/**
 * Merges the states of all workers, on the workers: each layer by pairs, log2 of their number one after the other, and
 * the layers side by side, so that no thread waits for many.
 */
export async function gatherStates(threads: readonly WorkerThread[]): Promise<LayerState[]> {
  const states = await Promise.all(threads.map((thread) => thread.finish()));
  const free = [...threads];
  const waiting: ((thread: WorkerThread) => void)[] = [];

  const onFreeOne = async (merge: (thread: WorkerThread) => Promise<LayerState>): Promise<LayerState> => {
    const thread = free.pop() ?? (await new Promise<WorkerThread>((resolve) => waiting.push(resolve)));
    const merged = await merge(thread);
    const next = waiting.shift();
    if (next === undefined) free.push(thread);
    else next(thread);
    return merged;
  };
  const byPairs = async (parts: readonly LayerState[]): Promise<LayerState> => {
    if (parts.length === 1) return parts[0]!;
    const half = Math.ceil(parts.length / 2);
    const [into, from] = await Promise.all([byPairs(parts.slice(0, half)), byPairs(parts.slice(half))]);
    return onFreeOne((thread) => thread.merge(into, from));
  };
  const [first = []] = states;
  return Promise.all(first.map((_, layer) => byPairs(states.map((state) => state[layer]!))));
}
