import { progressLine } from './progress-text.js';
import type { Progress } from '../run/types.js';
import type { ProgressView } from './progress.js';
import { visible } from '../report/visible.js';

const EVERY_MS = 10_000;

/** One line every ten seconds, for logs. A run that is done sooner says nothing of its progress. */
export function progressLines(stream: { write(text: string): unknown }, everyMs = EVERY_MS): ProgressView {
  let latest: Progress | null = null;
  const timer = setInterval(() => {
    if (latest !== null) stream.write(`${progressLine(latest)}\n`);
  }, everyMs);
  timer.unref();
  return {
    update: (progress) => void (latest = progress),
    say: (sentence) => void stream.write(`neuroprobe: ${visible(sentence)}\n`),
    end: () => clearInterval(timer),
  };
}
