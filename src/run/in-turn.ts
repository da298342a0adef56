/** Runs asynchronous work one after the other, in the order in which it was asked for. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** @returns what the work gives, or its failure, which keeps no later one from running */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => {});
    return turn;
  }
}
