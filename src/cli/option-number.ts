import { usageError } from './usage-error.js';

/** Parser of an option that takes any finite number. */
export function numberOption(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw usageError(flag, `"${text}" is not a number`, 'give a finite number, such as 0 or 0.5');
    }
    return value + 0; // −0 is 0
  };
}
