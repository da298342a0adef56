import { Exit, UserError } from '../../core/errors.js';

/** The thread with the session is gone, and there was work for it. @param code with which it ended, where it is known */
export function endedEarly(code?: number): UserError {
  return new UserError({
    what: `the thread that runs the model ended before its work was done${code === undefined ? '' : ` (code ${code})`}`,
    where: '--device',
    todo: 'if memory ran out, try a smaller --batch-tokens',
    exit: Exit.RUNTIME,
  });
}
