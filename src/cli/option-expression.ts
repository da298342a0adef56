import { splitExpressions } from '../query/split-expressions.js';
import { usageError } from '../core/usage-error.js';

/** Parser of an option that takes expressions over columns, joined by commas, once or several times. */
export function expressionsOption(flag: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const parts = splitExpressions(text);
    if (parts.some((part) => part === ''))
      throw usageError(flag, `"${text}" names no column at one place`, `write it as ${flag} max,kurtosis`);
    return [...before, ...parts];
  };
}
