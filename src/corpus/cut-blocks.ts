import type { Block } from './types.js';
import type { Line } from './scan-lines.js';

/** What a block will hold and where it lies, without its bytes. */
export interface BlockBounds extends Omit<Block, 'file' | 'bytes'> {
  /** Exclusive: where the last record's line ends. */
  endByte: number;
}

/** Bytes that are kept of a line that is too long. */
export const CUT_BYTES = 4096;

/** Gathers the lines of one file into blocks: block k has the records whose line begins in [k·B, (k+1)·B). */
export class BlockCutter {
  /** Records taken so far. */
  records = 0;
  /** Blocks ended so far: each holds a record. */
  blocks = 0;
  private readonly blockSize: number;
  private current: BlockBounds | null = null;

  /** @param blockSize B, in bytes */
  constructor(blockSize: number) {
    this.blockSize = blockSize;
  }

  /** Where the block under way begins; null where it has no record yet. */
  get startByte(): number | null {
    return this.current?.startByte ?? null;
  }

  /** Takes the next line, and gives the block that ended before it, if one did. */
  add({ line, startByte, endByte, length, blank, tooLong }: Line): BlockBounds | null {
    const block = Math.floor(startByte / this.blockSize);
    // A blank line ends a block too: however many follow, none of them is held.
    const ended = this.current !== null && this.current.block !== block ? this.end() : null;
    if (blank && !tooLong) return ended;
    const { records } = this;
    this.current ??= {
      block,
      startByte,
      endByte,
      startLine: line,
      startRecord: records,
      records: 0,
      cuts: [],
    };
    if (tooLong) this.current.cuts.push({ startByte, endByte, length });
    this.current.endByte = endByte;
    this.current.records++;
    this.records++;
    return ended;
  }

  /** Ends the block under way, if it has records. */
  end(): BlockBounds | null {
    const ended = this.current;
    if (ended !== null) this.blocks++;
    this.current = null;
    return ended;
  }
}
