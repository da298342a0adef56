import { EVENTS, type NeuronDiff } from './neuron-diff.js';

/** Keeps the `n` neurons that moved most: by Jensen–Shannon divergence, then by W1 in σ, then by |shift|. */
export class MostMoved {
  private readonly n: number;
  private best: NeuronDiff[] = [];

  constructor(n: number) {
    this.n = n;
  }

  add(diff: NeuronDiff): void {
    if (!hasMoved(diff)) return;
    const last = this.best[this.n - 1];
    if (this.n === 0 || (last !== undefined && compare(last, diff) <= 0)) return;
    // Neurons come in the order of the model, so of equals the earlier stays ahead.
    let at = this.best.length;
    while (at > 0 && compare(this.best[at - 1]!, diff) > 0) at--;
    this.best.splice(at, 0, diff);
    if (this.best.length > this.n) this.best.pop();
  }

  /** Farthest first. */
  neurons(): NeuronDiff[] {
    return this.best;
  }
}

function hasMoved(diff: NeuronDiff): boolean {
  return diff.js > 0 || diff.w1 > 0 || (diff.shift !== 0 && diff.shift === diff.shift) || eventOf(diff);
}

function eventOf(diff: NeuronDiff): boolean {
  return EVENTS.some((event) => diff[event]);
}

/** Below 0 where `a` moved farther. What has no divergence any more (it broke) stands first. */
function compare(a: NeuronDiff, b: NeuronDiff): number {
  return (
    of(b, 'js') - of(a, 'js') || of(b, 'w1_sigma') - of(a, 'w1_sigma') || of(b, 'shift') - of(a, 'shift')
  );
}

function of(diff: NeuronDiff, measure: 'js' | 'w1_sigma' | 'shift'): number {
  const value = Math.abs(diff[measure]);
  if (value === value) return value;
  return diff.broke ? 2 : -1;
}
