import { grouped, percent } from '../report/numbers.js';
import type { Progress } from '../run/types.js';

/** Seconds before which a speed says nothing. */
const WARM_UP = 2;

/** What of the corpus is computed, 0 to 1; null where nobody knows its size. */
export function shareDone({ limit, records, doneRecords, readBytes, totalBytes }: Progress): number | null {
  // A sum of batches' shares, but for roundings.
  const done = Math.round(doneRecords * 1e6) / 1e6;
  const byRecords = limit === null ? null : done / Math.max(1, limit);
  // Reading runs ahead of computing: what of the records read is done, that part of the bytes is.
  const byBytes =
    totalBytes === null ? null : (readBytes / Math.max(1, totalBytes)) * (done / Math.max(1, records));
  // The corpus may end before the limit, and the limit come before its end.
  return byRecords === null && byBytes === null ? null : Math.min(1, Math.max(byRecords ?? 0, byBytes ?? 0));
}

/** `1,234,567 tokens, 12,345 a second, 2 min left`. */
export function progressText(progress: Progress): string {
  const { phase, countedTokens, seconds, workers, workersWhy } = progress;
  if (phase === 'loading')
    return `loading the model in ${workers === 1 ? 'one worker' : `${workers} workers`} (${workersWhy})`;
  if (phase === 'writing') return `${grouped(countedTokens)} tokens, writing the profile`;
  const parts = [`${grouped(countedTokens)} tokens`];
  if (seconds > 0 && countedTokens > 0)
    parts.push(`${grouped(Math.round(countedTokens / seconds))} a second`);
  const share = shareDone(progress);
  if (share !== null && share > 0 && seconds > WARM_UP)
    parts.push(`${duration((seconds / share) * (1 - share))} left`);
  return parts.join(', ');
}

/** The same as a line of a log, with the share done. */
export function progressLine(progress: Progress): string {
  const share = progress.phase === 'running' ? shareDone(progress) : null;
  return `neuroprobe: ${progressText(progress)}${share === null ? '' : ` (${percent(share)} done)`}`;
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
