import { Exit, UserError } from '../core/errors.js';
import { usageError } from '../core/usage-error.js';
import { HIT_WORDS } from '../profile/dump/find-hits.js';
import { dumpParts } from '../profile/dump/parts.js';
import { dumpBytes } from '../profile/dump/write-delphi.js';
import { counted, grouped } from '../report/numbers.js';
import type { RunIdentity } from '../profile/state/types.js';
import type { Covered } from './covered.js';
import { columnsOf } from './columns.js';
import { countBlocks } from './count-blocks.js';
import type { RunPlan } from './plan.js';
import { size } from './size.js';
import type { ProfileRequest } from './types.js';

/** A first estimate is made of so many blocks, and of such a share of the corpus. */
const LEAST_BLOCKS = 8;
const LEAST_SHARE = 0.02;
/** Bytes of the shortest record that has a window: `{"a":"b"}` and a line feed. */
const LEAST_RECORD = 10;

/** @throws UserError (2) where what is asked for cannot be dumped */
export function requireDumpable({ command, dump, shard }: ProfileRequest): void {
  if (dump === null) return;
  if (command !== 'profile')
    throw usageError('--dump', `${command} writes no dump`, 'leave it out, or run profile');
  if (!(dump.above >= 0 && dump.above < Infinity)) {
    throw usageError(
      '--above',
      `${dump.above} is no threshold for a dump: what is not in it is read as 0, which must not be above`,
      'give 0 or more',
    );
  }
  if (shard !== null) {
    throw usageError(
      '--shard with --dump',
      'a dump is written by one run over the whole corpus, and merge could not put shards of one together',
      'leave out --shard; workers share the corpus out, and --resume goes on with a run that did not end',
    );
  }
}

/** Whether a run of these settings dumps. */
export function isDumped({ settings }: Pick<RunIdentity, 'settings'>): boolean {
  return settings['dump'] !== undefined;
}

/** Bytes of a worker: a window of which every activation is above, in memory that doubles as it grows. */
export function dumpMemory({ dump }: ProfileRequest, context: number, neurons: number): number {
  return dump === null ? 0 : 2 * context * neurons * HIT_WORDS * 4;
}

/** Watches over what a dump comes to as blocks are done. */
export class DumpWatch {
  private readonly plan: RunPlan;
  private readonly onNotice: (sentence: string) => void;
  private readonly parts: ReturnType<typeof dumpParts>;
  /** Blocks of the corpus; Infinity where nobody can tell. */
  private readonly blocks: number;
  private hasEstimated = false;

  constructor(plan: RunPlan, onNotice: (sentence: string) => void = () => {}) {
    const { corpus, request } = plan;
    this.plan = plan;
    this.onNotice = onNotice;
    this.parts = dumpParts(columnsOf(plan));
    this.blocks = request.limit === null ? countBlocks(corpus, request.blockSize) : Infinity;
  }

  /** Says what the dump takes, and at most where that can be told. */
  foretell(): void {
    const { context, corpus, request } = this.plan;
    const { above, limit } = request.dump!;
    const neurons = this.parts.reduce((sum, { from, to }) => sum + to - from, 0);
    const tokens = this.blocks === Infinity ? null : corpus.reduce((sum, file) => sum + file.size!, 0);
    const most =
      tokens === null
        ? ''
        : `; at most ${size(this.bytes(tokens / context + tokens / LEAST_RECORD, tokens * neurons))}, were the corpus all short records, each byte a token, and every activation above`;
    this.onNotice(
      `a dump takes 8 or 14 bytes of disk for each activation above ${above} of ${counted(neurons, 'neuron')}, and ${grouped(8 * context * this.parts.length)} for each window${most}. The run stops above ${size(limit)} (--dump-limit)`,
    );
  }

  /**
   * Estimates the whole once, from the first blocks.
   * @throws UserError (75) where the dump is larger than it may be
   */
  look(covered: Covered): void {
    const { windows, hits } = covered.dumped;
    const bytes = this.bytes(windows, hits);
    const { limit } = this.plan.request.dump!;
    if (bytes > limit) throw tooLarge(bytes, limit);
    const blocks = covered.blocks.count();
    if (this.hasEstimated || this.blocks === Infinity) return;
    if (blocks < Math.max(LEAST_BLOCKS, LEAST_SHARE * this.blocks) || 2 * blocks > this.blocks) return;
    this.hasEstimated = true;
    const whole = this.bytes((windows * this.blocks) / blocks, (hits * this.blocks) / blocks);
    this.onNotice(
      `the dump will take about ${size(whole)}, by ${blocks} of the corpus’ ${grouped(this.blocks)} blocks`,
    );
  }

  private bytes(windows: number, hits: number): number {
    return dumpBytes(this.parts, {
      rows: Math.ceil(windows),
      context: this.plan.context,
      hits: Math.ceil(hits),
    });
  }
}

function tooLarge(bytes: number, limit: number): UserError {
  return new UserError({
    what: `the dump is larger than it may be: ${grouped(bytes)} bytes by now, and --dump-limit is ${grouped(limit)}`,
    where: '--dump',
    todo: 'give a higher --above or fewer --neurons; or allow more and go on from the checkpoint: --dump-limit BYTES --resume',
    exit: Exit.TRY_AGAIN,
  });
}
