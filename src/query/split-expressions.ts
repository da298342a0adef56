import { scan } from './scan.js';

/**
 * The expressions of a list, `-max, kurtosis`: cut at commas that stand in no parentheses.
 * @throws UserError (exit 2) at what is no word of an expression
 */
export function splitExpressions(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { kind, value, start: at, end } of scan(text)) {
    if (value === '(' && kind === 'sign') depth++;
    if (value === ')' && kind === 'sign') depth--;
    if (kind === 'end' || (kind === 'sign' && value === ',' && depth === 0)) {
      parts.push(text.slice(start, at).trim());
      start = end;
    }
  }
  return parts;
}
