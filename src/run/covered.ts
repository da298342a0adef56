import type { ReadBlock } from '../corpus/types.js';
import { Coverage } from '../profile/state/coverage.js';
import type { StateHeader } from '../profile/state/types.js';

/** What of a block a sum of them needs. */
export type CoveredBlock = Pick<ReadBlock, 'file' | 'block' | 'digest'>;

/** Counts that a block, or a part of one, adds. */
export interface CoveredCounts {
  documents: number;
  windows: number;
  countedTokens: number;
  /** Records that could not be taken, by reason. */
  rejects: Readonly<Record<string, number>>;
}

const MODULUS = 2n ** 256n;

/** Which blocks have been computed, and what they held: a commutative sum, as all of a state is. */
export class Covered {
  readonly blocks = new Coverage();
  private sum = 0n;
  private readonly counts = { documents: 0, windows: 0, countedTokens: 0 };
  private readonly rejects = new Map<string, number>();

  /** SHA-256 of the blocks, added modulo 2^256: 64 hex digits. */
  get digest(): string {
    return this.sum.toString(16).padStart(64, '0');
  }

  addBlock({ file, block, digest }: CoveredBlock): void {
    this.blocks.add(file, block);
    this.addDigest(digest);
  }

  addCounts({ documents, windows, countedTokens, rejects }: CoveredCounts): void {
    for (const [reason, count] of Object.entries(rejects))
      this.rejects.set(reason, (this.rejects.get(reason) ?? 0) + count);
    this.counts.documents += documents;
    this.counts.windows += windows;
    this.counts.countedTokens += countedTokens;
  }

  /** Adds what a state covers; the blocks must be others. */
  addState({ blocks, digest, documents, windows, counted_tokens, rejects }: StateHeader['covered']): void {
    this.blocks.addAll(Coverage.of(blocks));
    this.addDigest(digest);
    this.addCounts({ documents, windows, countedTokens: counted_tokens, rejects });
  }

  /** @param files of the corpus */
  header(files: number): StateHeader['covered'] {
    const { documents, windows, countedTokens } = this.counts;
    return {
      blocks: this.blocks.runs(files),
      digest: this.digest,
      documents,
      windows,
      counted_tokens: countedTokens,
      rejects: Object.fromEntries([...this.rejects].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  private addDigest(digest: string): void {
    this.sum = (this.sum + BigInt(`0x${digest}`)) % MODULUS;
  }
}

/** Records rejected, whatever for. */
export function rejectsOf({ rejects }: { rejects: Readonly<Record<string, number>> }): number {
  return Object.values(rejects).reduce((a, b) => a + b, 0);
}
