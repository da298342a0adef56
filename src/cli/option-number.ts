import { usageError } from '../core/usage-error.js';

/** Parser of an option that takes any finite number, or one above `above`. */
export function numberOption(flag: string, { above = -Infinity } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw usageError(
        flag,
        `"${text}" is not a number`,
        above === -Infinity ? 'give a finite number, such as 0 or 0.5' : `give a number above ${above}`,
      );
    }
    if (value <= above)
      throw usageError(flag, `${text} is not above ${above}`, `give a number above ${above}`);
    return value + 0; // −0 is 0
  };
}
