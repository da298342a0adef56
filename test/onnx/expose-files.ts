import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./expose-child.js', import.meta.url));

/** What came of a file: the answer (exit 0) or a UserError, or what is a bug of ours. */
export interface Outcome {
  file: string;
  ms: number;
  /** 0: exposed. */
  exit?: number;
  message?: string;
  sites?: number;
  /** An error that is no UserError, or an answer that cannot be. */
  bug?: string;
}

/**
 * Exposes files with the built code, in a process of their own.
 * @returns the outcome of each, and the peak of the process's memory in bytes
 * @throws where a file hangs for `seconds`, or the process crashes at it
 */
export function exposeFiles(
  files: readonly string[],
  { load = false, seconds = 60 }: { load?: boolean; seconds?: number } = {},
): { outcomes: Outcome[]; peak: number } {
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [CHILD, ...(load ? ['--load'] : [])],
    {
      input: files.join('\n'),
      encoding: 'utf8',
      timeout: 1000 * seconds,
      killSignal: 'SIGKILL',
      maxBuffer: 256 * 2 ** 20,
    },
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (status !== 0) {
    const last = lines.findLast((line) => line.startsWith('> '));
    throw new Error(`the process ended with ${status ?? signal} at ${last}\n${stderr.slice(-2000)}`);
  }
  const results = lines.filter((line) => !line.startsWith('> ')).map((line) => JSON.parse(line) as unknown);
  const { peak } = results.pop() as { peak: number };
  return { outcomes: results as Outcome[], peak };
}
