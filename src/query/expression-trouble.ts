import { Exit, UserError } from '../core/errors.js';
import type { Span } from './expression.js';

/** Units of an expression shown on each side of what is wrong. */
const AROUND = 40;

/**
 * What is wrong with an expression (exit 2): the place stands between ⟨ and ⟩, and
 * its column is given, counted in characters from 1.
 */
export function expressionTrouble(text: string, { start, end }: Span, what: string, todo: string): UserError {
  const from = Math.max(0, start - AROUND);
  const to = Math.min(text.length, end + AROUND);
  const before = `${from > 0 ? '…' : ''}${text.slice(from, start)}`;
  const after = `${text.slice(end, to)}${to < text.length ? '…' : ''}`;
  const column = [...text.slice(0, start)].length + 1;
  return new UserError({
    what,
    where: `column ${column} of the expression: ${before}⟨${text.slice(start, end)}⟩${after}`,
    todo,
    exit: Exit.USAGE,
  });
}
