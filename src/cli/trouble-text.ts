import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { visible } from '../report/visible.js';
import { version } from './version.js';

/**
 * An error as the user sees it: what, where, what to do, a line each, and its
 * exit code. What is no UserError is a bug of ours, and says so.
 * @param debug whether the stack and the causes follow
 */
export function troubleText(error: unknown, debug: boolean): { text: string; exit: ExitCode } {
  const lines = error instanceof UserError ? userLines(error) : bugLines(error);
  const exit = error instanceof UserError ? error.exit : Exit.BUG;
  return { text: [...lines, ...(debug ? stacks(error) : [])].join('\n') + '\n', exit };
}

function userLines({ trouble: { what, where, todo } }: UserError): string[] {
  // Names of files and fields may hold anything.
  return [`neuroprobe: ${visible(what)}`, `  in ${visible(where)}`, `  ${visible(todo)}`];
}

function bugLines(error: unknown): string[] {
  const message = error instanceof Error ? error.message : String(error);
  return [
    `neuroprobe: a bug of ours, not of yours: ${visible(message)}`,
    `  in neuroprobe ${version()}, node ${process.version}, ${process.platform} ${process.arch}`,
    '  please report it, with the command and what it says with --debug',
  ];
}

/** Stacks of the error and of what caused it, outermost first. */
function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    const stack = at.stack ?? at.message;
    lines.push(...(lines.length > 0 ? ['caused by:'] : []), ...stack.split('\n').map(visible));
  }
  return lines;
}
