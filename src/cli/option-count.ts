import { usageError } from '../core/usage-error.js';

export interface CountBounds {
  /** Smallest value taken. */
  least: number;
  /** Largest value taken; default 2³¹ − 1. */
  most?: number;
}

/** Parser of an option that takes a whole number within bounds. */
export function countOption(
  flag: string,
  { least, most = 2 ** 31 - 1 }: CountBounds,
): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!/^\d+$/.test(text.trim()) || count < least || count > most) {
      const limits = most === 2 ** 31 - 1 ? `from ${least} up` : `from ${least} to ${most}`;
      throw usageError(flag, `"${text}" is not a number that ${flag} takes`, `give a whole number ${limits}`);
    }
    return count;
  };
}
