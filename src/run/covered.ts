import type { ReadBlock } from '../corpus/types.js';
import { DigestSum } from '../profile/digest-sum.js';
import { Coverage } from '../profile/state/coverage.js';
import type { StateHeader } from '../profile/state/types.js';

/** What of a block a sum of them needs. */
export type CoveredBlock = Pick<ReadBlock, 'file' | 'block' | 'digest'>;

/** Counts that a block, or a part of one, adds. */
export interface CoveredCounts {
  documents: number;
  /** With `--skip-until`: documents without that text. */
  headless: number;
  windows: number;
  countedTokens: number;
  /** With `--dump`: activations above its threshold. */
  dumped: number;
  /** Records that could not be taken, by reason. */
  rejects: Readonly<Record<string, number>>;
  /** What the lines of these records are, as `rejectsDigest` has it. */
  rejectsDigest: string;
}

/** Which blocks have been computed, and what they held: a commutative sum, as all of a state is. */
export class Covered {
  readonly blocks = new Coverage();
  private readonly sum = new DigestSum();
  private readonly rejectsSum = new DigestSum();
  private readonly counts = { documents: 0, headless: 0, windows: 0, countedTokens: 0, dumped: 0 };
  private readonly rejects = new Map<string, number>();

  /** SHA-256 of the blocks, added modulo 2^256: 64 hex digits. */
  get digest(): string {
    return this.sum.hex;
  }

  addBlock({ file, block, digest }: CoveredBlock): void {
    this.blocks.add(file, block);
    this.sum.add(digest);
  }

  addCounts(held: CoveredCounts): void {
    const { documents, headless, windows, countedTokens, dumped, rejects, rejectsDigest } = held;
    this.rejectsSum.add(rejectsDigest);
    for (const [reason, count] of Object.entries(rejects))
      this.rejects.set(reason, (this.rejects.get(reason) ?? 0) + count);
    this.counts.documents += documents;
    this.counts.headless += headless;
    this.counts.windows += windows;
    this.counts.countedTokens += countedTokens;
    this.counts.dumped += dumped;
  }

  /** Adds what a state covers; the blocks must be others. */
  addState(covered: StateHeader['covered']): void {
    const { documents, headless = 0, windows, counted_tokens: countedTokens, dumped = 0, rejects } = covered;
    this.blocks.addAll(Coverage.of(covered.blocks));
    this.sum.add(covered.digest);
    const rejectsDigest = covered.rejects_digest;
    this.addCounts({ documents, headless, windows, countedTokens, dumped, rejects, rejectsDigest });
  }

  /** Windows so far, and activations dumped of them. */
  get dumped(): { windows: number; hits: number } {
    return { windows: this.counts.windows, hits: this.counts.dumped };
  }

  /** @param files of the corpus */
  header(files: number): StateHeader['covered'] {
    const { documents, headless, windows, countedTokens, dumped } = this.counts;
    return {
      blocks: this.blocks.runs(files),
      digest: this.digest,
      documents,
      ...(headless === 0 ? {} : { headless }),
      windows,
      counted_tokens: countedTokens,
      ...(dumped === 0 ? {} : { dumped }),
      rejects: Object.fromEntries([...this.rejects].sort(([a], [b]) => (a < b ? -1 : 1))),
      rejects_digest: this.rejectsSum.hex,
    };
  }
}

/** Records rejected, whatever for. */
export function rejectsOf({ rejects }: { rejects: Readonly<Record<string, number>> }): number {
  return Object.values(rejects).reduce((a, b) => a + b, 0);
}
