import { Exit, UserError } from '../core/errors.js';
import type { Manifest } from '../profile/types.js';
import { readShare } from './block-reader.js';
import { Covered } from './covered.js';
import { hashFiles, hashOfList } from './hash-files.js';
import type { RunPlan } from './plan.js';
import { differenceOf } from './identity.js';
import { processorKind } from './processor.js';
import { recordedSettings } from './settings.js';

/**
 * Makes sure that a finished profile is the one this run would make, so that
 * there is nothing to do.
 * @throws UserError (exit 73) naming the first thing that differs
 */
export async function requireSameRun(existing: Manifest, plan: RunPlan): Promise<void> {
  const differs = (what: string, was: unknown, is: unknown): void => {
    const difference = differenceOf([[what, was, is]]);
    if (difference === null) return;
    throw new UserError({
      what: `there is a finished profile already, and its ${what} was ${difference.was}, not ${difference.is}`,
      where: plan.output,
      todo: 'name another directory with -o, or replace this one with --force',
      exit: Exit.CANNOT_CREATE,
    });
  };
  differs('command', existing.command, plan.request.command);
  const settings = recordedSettings(plan);
  for (const key of Object.keys(settings)) differs(key, existing.settings[key], settings[key]);
  differs('processor', existing.processor, processorKind());
  const model = await hashFiles(plan.modelFiles);
  differs('model', hashOfList(existing.model.files), hashOfList(model));
  differs('tokenizer', existing.tokenizer?.sha256 ?? null, await tokenizerHash(plan));
  differs('corpus', existing.corpus.digest, await digestOfCorpus(plan));
}

async function tokenizerHash(plan: RunPlan): Promise<string | null> {
  return plan.tokenizer === null ? null : hashOfList(await hashFiles(plan.tokenizerFiles));
}

/** Reads the corpus as a run would, for the digest of its blocks alone. */
async function digestOfCorpus(plan: RunPlan): Promise<string> {
  const covered = new Covered();
  for await (const block of readShare(plan)) covered.addBlock(block);
  return covered.digest;
}
