import type { Block } from '../corpus/types.js';
import type { Work } from './messages.js';

/** Numbers the blocks as they are handed out, and remembers what failed. */
export class BlockSource {
  private readonly blocks: AsyncIterator<Block>;
  private readonly failures: { sequence: number; error: unknown }[] = [];
  private sequence = 0;
  private stop: (end: null) => void = () => {};
  /** Settles at the first failure: nobody waits then for a pipe to give its next block. */
  private readonly stopped = new Promise<null>((resolve) => (this.stop = resolve));

  constructor(blocks: AsyncIterator<Block>) {
    this.blocks = blocks;
  }

  get failed(): boolean {
    return this.failures.length > 0;
  }

  async next(): Promise<Work | null> {
    if (this.failed) return null;
    try {
      const next = await Promise.race([this.blocks.next(), this.stopped]);
      if (next === null || next.done === true) return null;
      return { sequence: this.sequence++, block: next.value, from: 0, to: null };
    } catch (error) {
      this.fail(this.sequence, error);
      return null;
    }
  }

  fail(sequence: number, error: unknown): void {
    this.failures.push({ sequence, error });
    this.stop(null);
  }

  throwFirstFailure(): void {
    const [first] = this.failures.sort((a, b) => a.sequence - b.sequence);
    if (first !== undefined) throw first.error;
  }
}
