import { Exit, UserError } from './errors.js';

/** What is wrong with an option, or with several, and what it takes (exit 2). */
export function usageError(where: string, what: string, todo: string): UserError {
  return new UserError({ what, where, todo, exit: Exit.USAGE });
}
