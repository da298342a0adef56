import { Exit } from '../core/errors.js';
import type { RunOutcome } from '../run/types.js';
import { print, printJson } from './print.js';
import { lookOfStdout } from './terminal.js';

/** Prints what a run or a merge came to. */
export async function printOutcome(
  outcome: RunOutcome,
  { json, color }: { json?: true; color: boolean },
): Promise<void> {
  const [{ openProfile }, { readManifest }, { renderSummary, renderPart }, { summaryJson }] =
    await Promise.all([
      import('../profile/open-profile.js'),
      import('../profile/read/manifest.js'),
      import('../report/summary.js'),
      import('../report/summary-json.js'),
    ]);
  if (outcome.complete && outcome.rejects > 0) process.exitCode = Exit.REJECTS;
  const look = { ...outcome, ...lookOfStdout(color) };
  if (json) return printJson(summaryJson({ manifest: await readManifest(outcome.output) }, outcome));
  if (!outcome.complete) return print(renderPart(await readManifest(outcome.output), look));
  await print(renderSummary(await openProfile(outcome.output), look));
}
