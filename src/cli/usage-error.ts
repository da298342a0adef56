import { Exit, UserError } from '../core/errors.js';

/** What is wrong with an option, and what it takes (exit 2). */
export function usageError(flag: string, what: string, todo: string): UserError {
  return new UserError({ what, where: flag, todo, exit: Exit.USAGE });
}
