import { Exit, UserError } from '../core/errors.js';
import type { Manifest } from '../profile/types.js';
import { readShare } from './block-reader.js';
import { Covered } from './covered.js';
import { hashFiles, hashOfList } from './hash-files.js';
import type { RunPlan } from './plan.js';
import { differenceOf, settingPairs } from './identity.js';
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
  for (const pair of settingPairs(existing.settings, recordedSettings(plan))) differs(...pair);
  differs('processor', existing.processor, processorKind());
  const model = await hashFiles(plan.modelFiles);
  differs('model', hashOfList(existing.model.files), hashOfList(model));
  differs('tokenizer', existing.tokenizer?.sha256 ?? null, await tokenizerHash(plan));
  differs('model', existing.model.path, plan.request.model);
  differs('tokenizer', existing.tokenizer?.path ?? null, plan.tokenizer);
  const { digest, files } = await readCorpus(plan);
  const was = existing.corpus.files;
  differs(
    'list of corpus files',
    was.map((file) => file.path),
    files.map((file) => file.path),
  );
  for (const [i, { path, bytes, sha256 }] of files.entries()) {
    differs(`size of ${path} in bytes`, was[i]!.bytes, bytes);
    differs(`content of ${path} (sha256)`, was[i]!.sha256, sha256);
  }
  differs('corpus', existing.corpus.digest, digest);
}

async function tokenizerHash(plan: RunPlan): Promise<string | null> {
  return plan.tokenizer === null ? null : hashOfList(await hashFiles(plan.tokenizerFiles));
}

/** Reads the corpus as a run would, for what its manifest would say of it. */
async function readCorpus(plan: RunPlan): Promise<Pick<Manifest['corpus'], 'digest' | 'files'>> {
  const covered = new Covered();
  const blocks = readShare(plan);
  for (;;) {
    const next = await blocks.next();
    if (next.done !== true) {
      covered.addBlock(next.value);
      continue;
    }
    const files = next.value.flatMap((file) => {
      if (file === null) return [];
      const { path, bytes, sha256, records } = file;
      return [{ path, bytes, sha256, records }];
    });
    return { digest: covered.digest, files };
  }
}
