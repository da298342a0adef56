import { Exit, UserError } from '../core/errors.js';
import { readBlocks } from '../corpus/read-blocks.js';
import type { ReadBlock, FileFacts } from '../corpus/types.js';
import { Covered } from './covered.js';
import type { RunPlan } from './plan.js';
import type { ProgressMeter } from './progress-meter.js';
import { ownsBlock, readsFile } from './shard.js';

/** The blocks of a run's shard, done or not. */
export function readShare(
  { corpus, request }: RunPlan,
  onRead?: (bytes: number) => void,
): ReturnType<typeof readBlocks> {
  const { blockSize, maxLineBytes, limit, shard, onBadRecord } = request;
  return readBlocks(corpus, {
    ...{ blockSize, maxLineBytes, limit, onRead },
    passLong: onBadRecord === 'skip',
    files: (file) => readsFile(shard, file),
    blocks: (file, block) => ownsBlock(shard, file, block),
  });
}

/**
 * Reads a run's share of the corpus: the blocks of its shard that are not done
 * yet. Those that are done are read too, to see that they are what they were.
 */
export class BlockReader {
  /** What was read of each file; complete when `blocks` has ended. */
  facts: (FileFacts | null)[] = [];
  private readonly plan: RunPlan;
  private readonly meter: ProgressMeter;
  /** Done when the run began: `doneBefore` as it was then. */
  private readonly done: { count: number; digest: string; has: (file: number, block: number) => boolean };
  private readonly seen = new Covered();

  /** @param doneBefore what is done at this moment */
  constructor(plan: RunPlan, meter: ProgressMeter, doneBefore: Covered) {
    this.plan = plan;
    this.meter = meter;
    const before = new Covered();
    before.blocks.addAll(doneBefore.blocks);
    const has = (file: number, block: number) => before.blocks.has(file, block);
    this.done = { count: before.blocks.count(), digest: doneBefore.digest, has };
  }

  /** @throws UserError as readBlocks, and 78 where what was done before is not what the corpus holds now */
  async *blocks(): AsyncGenerator<ReadBlock> {
    const source = readShare(this.plan, (bytes) => this.meter.read(bytes));
    try {
      for (;;) {
        const next = await source.next();
        if (next.done === true) {
          this.facts = next.value;
          if (this.seen.blocks.count() !== this.done.count) throw this.changed();
          return;
        }
        const block = next.value;
        this.meter.records(block.records);
        if (this.done.has(block.file, block.block)) this.see(block);
        else yield block;
      }
    } finally {
      await source.return([]); // closes the file under way where the run ends early
    }
  }

  private see(block: ReadBlock): void {
    this.seen.addBlock(block);
    this.meter.done(block.records);
    if (this.seen.blocks.count() === this.done.count && this.seen.digest !== this.done.digest)
      throw this.changed();
  }

  private changed(): UserError {
    return new UserError({
      what: 'the corpus has changed: it does not hold any more what the checkpoint was computed from',
      where: this.plan.request.corpus.join(', '),
      todo: 'give the corpus as it was, or start over with --force',
      exit: Exit.SETTINGS,
    });
  }
}
