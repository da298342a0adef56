import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs the program in a child process, hands it the signals that end a program, and ends as it ends: a child
 * that a signal ended gives 128 and the signal's number, as in a shell. It has no thread of its own that a native call could keep.
 * @param words the program and its arguments
 */
export function runAsChild(words: readonly string[]): void {
  const child = spawn(process.execPath, [...process.execArgv, ...words], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal!]));
}
