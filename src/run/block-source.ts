import type { ReadBlock } from '../corpus/types.js';
import type { Work } from './messages.js';

/** Numbers the blocks as they are handed out, and remembers what failed. */
export class BlockSource {
  private readonly blocks: AsyncIterator<ReadBlock>;
  private readonly failures: { sequence: number; error: unknown }[] = [];
  private sequence = 0;
  private isEnded = false;
  private stop: (end: null) => void = () => {};
  /** Settles at the first failure or at `end`: nobody waits then for a pipe to give its next block. */
  private readonly stopped = new Promise<null>((resolve) => (this.stop = resolve));

  constructor(blocks: AsyncIterator<ReadBlock>) {
    this.blocks = blocks;
  }

  /** Whether nothing more is handed out though there may be more. */
  get ended(): boolean {
    return this.isEnded;
  }

  async next(): Promise<Work | null> {
    if (this.ended) return null;
    try {
      const next = await Promise.race([this.blocks.next(), this.stopped]);
      if (next === null || next.done === true) return null;
      return { sequence: this.sequence++, block: next.value, from: 0, to: null };
    } catch (error) {
      this.fail(this.sequence, error);
      return null;
    }
  }

  /** Hands out no more blocks. */
  end(): void {
    this.isEnded = true;
    this.stop(null);
  }

  fail(sequence: number, error: unknown): void {
    this.failures.push({ sequence, error });
    this.end();
  }

  throwFirstFailure(): void {
    const [first] = this.failures.sort((a, b) => a.sequence - b.sequence);
    if (first !== undefined) throw first.error;
  }
}
