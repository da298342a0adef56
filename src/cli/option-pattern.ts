import { usageError } from '../core/usage-error.js';

/**
 * Reads a regular expression; it stays text, for one over names of outputs is recorded as such.
 * @param such one to show
 * @throws UserError (exit 2) if it is none
 */
export function patternOption(flag: string, such = "'layer(\\d+)_act'"): (text: string) => string {
  return (text) => {
    try {
      new RegExp(text, 'u');
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
      throw usageError(
        flag,
        `"${text}" is not a regular expression: ${reason}`,
        `write one such as ${such}, in quotes`,
      );
    }
    return text;
  };
}
