import { Exit, UserError } from '../core/errors.js';
import { readBlocks } from '../corpus/read-blocks.js';
import type { Manifest } from '../profile/types.js';
import { hashFiles, hashOfList } from './hash-files.js';
import type { RunPlan } from './plan.js';
import { processorKind } from './processor.js';
import { recordedSettings } from './settings.js';

/**
 * Makes sure that a finished profile is the one this run would make, so that
 * there is nothing to do.
 * @throws UserError (exit 73) naming the first thing that differs
 */
export async function requireSameRun(existing: Manifest, plan: RunPlan): Promise<void> {
  const differs = (what: string, was: unknown, is: unknown): void => {
    if (JSON.stringify(was) === JSON.stringify(is)) return;
    throw new UserError({
      what: `there is a finished profile already, and its ${what} was ${show(was)}, not ${show(is)}`,
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
  differs('corpus', existing.corpus.sha256, await corpusHash(plan));
}

async function tokenizerHash(plan: RunPlan): Promise<string | null> {
  return plan.tokenizer === null ? null : hashOfList(await hashFiles(plan.tokenizerFiles));
}

/** Reads the corpus as a run would, for its hash alone. */
async function corpusHash({ corpus, request: { blockSize, maxLineBytes, limit } }: RunPlan): Promise<string> {
  const blocks = readBlocks(corpus, { blockSize, maxLineBytes, limit });
  for (;;) {
    const next = await blocks.next();
    if (next.done === true) return hashOfList(next.value);
  }
}

/** A value in at most a line's worth of characters. */
function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
