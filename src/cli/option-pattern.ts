import { usageError } from './usage-error.js';

/**
 * Reads a regular expression over names of outputs; it stays text, for it is recorded as such.
 * @throws UserError (exit 2) if it is none
 */
export function patternOption(flag: string): (text: string) => string {
  return (text) => {
    try {
      new RegExp(text, 'u');
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
      throw usageError(
        flag,
        `"${text}" is not a regular expression: ${reason}`,
        "write one such as 'layer(\\d+)_act', in quotes",
      );
    }
    return text;
  };
}
