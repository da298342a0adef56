import os from 'node:os';
import { Exit, UserError } from '../core/errors.js';
import type { CorpusFile } from '../corpus/types.js';
import { countBlocks } from './count-blocks.js';
import { memoryCeiling, type MemoryPrediction } from './memory.js';
import { size } from './size.js';
import { slurmCores } from './slurm.js';
import type { ProfileRequest } from './types.js';

/** Workers that count what one device computes; see docs/devices.md. */
const FILL_A_DEVICE = 4;

/** How many workers a run has, and why. */
export interface WorkerChoice {
  workers: number;
  /** One clause: `one a core`. */
  why: string;
  /** A sentence for the user where memory decides, or may not do; else null. */
  notice: string | null;
}

/**
 * One worker a core, but no more than there are blocks or than fit in memory.
 * @throws UserError (69) where not even one fits
 */
export function chooseWorkers(
  request: ProfileRequest,
  corpus: readonly CorpusFile[],
  { worker, explained, common }: MemoryPrediction,
): WorkerChoice {
  const ceiling = request.memory ?? memoryCeiling();
  const allowed = `${size(ceiling)} of memory may be used${request.memory === null ? ': 80 % of what is free now' : ' (--memory)'}`;
  const one = common + worker;
  if (one > ceiling) {
    throw new UserError({
      what: `this run needs ${size(one)} for one worker${explained > 0 ? `, ${size(explained)} of it for --explain ${request.explain.join(',')}` : ''}, and ${allowed}`,
      where: request.model,
      todo: `${request.memory === null ? 'free memory' : 'allow more'}, profile fewer neurons at a time (--layers, --neurons), or keep fewer examples (--top, --around)${request.gateCases ? ' and no gate cases' : ''}${labelCure(request)}${(request.samples.match ?? 0) > 0 ? ' or positions (--examples match=N)' : ''}${explained > 0 ? ', or explain by position alone (--explain position)' : ''}`,
      exit: Exit.MODEL,
    });
  }
  const fit = Math.floor((ceiling - common) / worker);
  if (request.workers !== null) {
    const { workers } = request;
    const notice = `${workers} workers may need ${size(common + workers * worker)}, and ${allowed}`;
    return { workers, why: 'as asked for', notice: workers > fit ? notice : null };
  }
  const perCore = coresToFill(request);
  const blocks = countBlocks(corpus, request.blockSize);
  const workers = Math.max(1, Math.min(perCore, blocks, fit));
  if (fit < Math.min(perCore, blocks)) {
    const why = `${size(worker)} each, and ${allowed}`;
    const notice = `${workers === 1 ? 'one worker' : `${workers} workers`} instead of ${Math.min(perCore, blocks)}: ${why}`;
    return { workers, why, notice };
  }
  const why =
    blocks < perCore
      ? 'one a block of the corpus'
      : request.device !== 'cpu'
        ? 'as many as keep the device busy'
        : request.threads === 1
          ? 'one a core'
          : `one for ${request.threads} cores`;
  return { workers, why, notice: null };
}

/** Workers that the cores have work for; a device's session takes a core of its own. */
function coresToFill({ device, threads }: ProfileRequest): number {
  if (device !== 'cpu') return Math.max(1, Math.min(FILL_A_DEVICE, cores() - 1));
  return Math.max(1, Math.floor(cores() / threads));
}

function labelCure({ labelFields, spanFields, lexical }: ProfileRequest): string {
  const flags = [
    ...(labelFields.length + spanFields.length > 0 ? ['--max-labels'] : []),
    ...(lexical ? ['--lexical'] : []),
  ];
  return flags.length === 0 ? '' : ` or labels (${flags.join(', ')})`;
}

/** Cores that this process may use; Slurm tells its own to the task. */
function cores(): number {
  return Math.min(os.availableParallelism(), slurmCores());
}
