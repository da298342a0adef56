import { Exit, UserError } from '../core/errors.js';
import type { FileEntry } from '../profile/types.js';
import { Covered } from './covered.js';
import { identityOf } from './identity.js';
import {
  findCheckpoint,
  hasCheckpoint,
  partialFolder,
  removePartial,
  requireOurs,
  type Found,
} from './partial.js';
import { pinSizes } from './pin-sizes.js';
import type { RunPlan } from './plan.js';

const NOTHING = (): Found => ({
  ...{ states: [], lives: [], covered: new Covered() },
  ...{ rejects: [], documents: [], dump: [] },
});

/** Where a run goes on from, and how to leave the place as it was found. */
export interface Start extends Found {
  /** Sentences for the user. */
  notices: string[];
  /** Removes what this life put there, where none of it is worth keeping. */
  abandon(): Promise<void>;
}

/**
 * Decides where a run begins: anew, or at the checkpoint of an earlier life.
 * @param output links resolved
 * @throws UserError: 73 where there is a checkpoint and nobody said what to do with it, else as findCheckpoint
 */
export async function findStart(
  output: string,
  plan: RunPlan,
  files: { model: FileEntry[]; tokenizer: FileEntry[] },
): Promise<Start> {
  const { request } = plan;
  const abandon = async () => {
    if (!(await hasCheckpoint(output))) await removePartial(output);
  };
  await requireOurs(output);
  if (!(await hasCheckpoint(output)) || (request.force && !request.resume)) {
    await removePartial(output);
    return { ...NOTHING(), notices: [], abandon };
  }
  if (!request.resume) {
    throw new UserError({
      what: 'a run that did not end has left a checkpoint',
      where: partialFolder(output),
      todo: 'go on from it with --resume, or start over with --force',
      exit: Exit.CANNOT_CREATE,
    });
  }
  let notices: string[] = [];
  const found = await findCheckpoint(
    output,
    async (corpus) => void (notices = await pinSizes(plan.corpus, corpus)),
    () => identityOf(plan, files),
  );
  return { ...found, notices, abandon };
}
