import type { Progress } from '../run/types.js';
import { progressBar } from './progress-bar.js';
import { progressLines } from './progress-lines.js';

/** Shows on stderr how a run goes. */
export interface ProgressView {
  update: (progress: Progress) => void;
  /** Says a sentence without tearing what is drawn. */
  say: (sentence: string) => void;
  /** Takes away what was drawn; nothing may follow. */
  end: () => void;
}

/** A bar on a terminal, a line every ten seconds elsewhere, nothing with --quiet. */
export async function openProgress({ quiet }: { quiet: boolean }): Promise<ProgressView> {
  if (quiet) return { update: () => {}, say: () => {}, end: () => {} };
  if (process.stderr.isTTY && process.env['TERM'] !== 'dumb') return progressBar(process.stderr);
  return Promise.resolve(progressLines(process.stderr));
}
