import type { BatchRule } from '../model/types.js';

export interface BatchLimits {
  /** Padded tokens a batch holds at most; one window may exceed it. */
  batchTokens: number;
  rule: BatchRule;
  /** Windows a batch must have, where the graph fixes them. */
  fixedBatch: number | null;
  /** Length every window is padded to, where the graph fixes it. */
  fixedSequence: number | null;
}

/** Windows that go through the model together, by their place in the block's list. */
export interface BatchPlan {
  windows: number[];
  /** Padded length, in tokens. */
  length: number;
}

/** A window shorter than this share of its batch's longest begins a new batch. */
const SHORTEST = 0.9;

/**
 * Cuts a block's windows into batches, a pure function of their lengths and the
 * settings: longest first, then in the order of the block (document, window). A
 * batch ends where the next window would exceed the budget of padded tokens or
 * is much shorter, so little is padding.
 */
export function planBatches(lengths: ArrayLike<number>, limits: BatchLimits): BatchPlan[] {
  const order = Array.from(lengths, (_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: BatchPlan[] = [];
  let current: BatchPlan | null = null;
  for (const window of order) {
    if (current === null || !fits(lengths[window]!, current, limits)) {
      current = { windows: [], length: limits.fixedSequence ?? lengths[window]! };
      batches.push(current);
    }
    current.windows.push(window);
  }
  return batches;
}

/**
 * Which batches end a lot (accumulate/span-sum-log.ts): one that follows another in a lot holds no more padded tokens
 * with those before it than a batch may. The block's last ends one.
 */
export function lotEnds(tokens: readonly number[], batchTokens: number): boolean[] {
  let held = 0;
  return tokens.map((ofBatch, i) => {
    held += ofBatch;
    const next = tokens[i + 1];
    const ends = next === undefined || held + next > batchTokens;
    if (ends) held = 0;
    return ends;
  });
}

function fits(
  length: number,
  batch: BatchPlan,
  { batchTokens, rule, fixedBatch, fixedSequence }: BatchLimits,
): boolean {
  if (fixedBatch !== null) return batch.windows.length < fixedBatch;
  if (rule === 'single') return false;
  if ((batch.windows.length + 1) * batch.length > batchTokens) return false;
  if (fixedSequence !== null) return true;
  if (rule === 'equal-length') return length === batch.length;
  return length >= SHORTEST * batch.length;
}
