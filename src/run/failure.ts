import { UserError } from '../core/errors.js';
import type { Failure } from './messages.js';

/** Packs an error for another thread. */
export function toFailure(error: unknown): Failure {
  if (error instanceof UserError) {
    const { what, where, todo, exit } = error.trouble;
    return { kind: 'user', trouble: { what, where, todo, exit } };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'bug', message, stack: stack ?? message };
}

/** The error that `toFailure` packed. */
export function fromFailure(failure: Failure): Error {
  if (failure.kind === 'user') return new UserError(failure.trouble);
  const error = new Error(failure.message);
  error.stack = failure.stack;
  return error;
}
