import { appendFileSync } from 'node:fs';
import type { Work } from './messages.js';

/*
 * For tests of crashes, through the environment:
 *
 * | variable              | is                                                                  |
 * |-----------------------|---------------------------------------------------------------------|
 * | NEUROPROBE_JOURNAL    | a file that gets a line for each block begun and ended, so that     |
 * |                       | what a killed process did can be counted                            |
 * | NEUROPROBE_CRASH_AT   | at the how-many-th step of saving a checkpoint a worker's process   |
 * |                       | is killed                                                           |
 */

export function journal(event: 'begin' | 'end', { block: { file, block }, from }: Work): void {
  const path = process.env['NEUROPROBE_JOURNAL'];
  if (path === undefined) return;
  appendFileSync(path, `${event} ${process.pid} ${file} ${block} ${from}\n`);
}

let steps = 0;

/** A step of saving a checkpoint, between any two of which a process may die. */
export function crashPoint(): void {
  if (Number(process.env['NEUROPROBE_CRASH_AT']) === ++steps) process.kill(process.pid, 'SIGKILL');
}
